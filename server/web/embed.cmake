# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DROOT=<server/web> -DOUT=<file.cpp> -P embed.cmake: writes the pages and assets as a C++ table.
file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/pages/*" "${ROOT}/assets/*")
list(SORT files)
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  # A name for each, and one more byte so that an empty file is an array too.
  string(APPEND arrays "constexpr char kFile${number}[] = {${bytes}'\\0'};\n")
  string(APPEND rows "    {\"${file}\", {kFile${number}, sizeof kFile${number} - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUT}.new" "#include \"server/web/embedded.h\"

namespace hearth::server {
namespace {

${arrays}
constexpr EmbeddedFile kFiles[] = {
${rows}};

}  // namespace

std::span<const EmbeddedFile> embeddedFiles() { return kFiles; }

}  // namespace hearth::server
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
