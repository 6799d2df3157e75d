// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/module_check.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hearth::wasm {
namespace {

constexpr std::string_view kHead("\0asm\1\0\0\0", 8);
constexpr std::uint8_t kImportSection = 2;
constexpr std::uint32_t kMostImports = 10'000;
constexpr std::size_t kNamedImports = 20;  // of an error; the others are counted

/// What host/wasi*.c has: WASI preview 1 but for sockets. In the order of the alphabet.
constexpr std::array<std::string_view, 42> kCalls = {
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
};

tl::unexpected<Error> broken() {
  return fail(ErrorCode::kInvalid, "the file is no WebAssembly module, or it ends too early",
              "Name a .wasm file, as clang --target=wasm32-wasi makes it");
}

/// Takes pieces from the front of bytes that nobody has checked yet.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : m_rest(rest) {}
  bool isEmpty() const { return m_rest.empty(); }
  Result<std::uint32_t> number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (m_rest.empty()) return broken();
      const auto byte = static_cast<std::uint8_t>(m_rest.front());
      m_rest.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value > UINT32_MAX ? Result<std::uint32_t>(broken()) : static_cast<std::uint32_t>(value);
    }
    return broken();
  }
  Result<std::string_view> take(std::uint32_t size) {
    if (size > m_rest.size()) return broken();
    const std::string_view taken = m_rest.substr(0, size);
    m_rest.remove_prefix(size);
    return taken;
  }
  Result<std::string> name() {
    auto size = number();
    if (!size) return fail(std::move(size).error());
    auto text = take(*size);
    if (!text) return fail(std::move(text).error());
    return std::string(*text);
  }

 private:
  std::string_view m_rest;
};

/// Skips what an import says of itself: a type's index, or kind and limits.
Result<void> skipDescription(Bytes& bytes, std::uint32_t kind) {
  constexpr std::uint32_t kFunction = 0, kTable = 1, kMemory = 2, kGlobal = 3;
  if (kind > kGlobal) return broken();
  if (kind == kTable || kind == kGlobal) HEARTH_TRY(bytes.number());
  if (kind == kFunction || kind == kGlobal) HEARTH_TRY(bytes.number());
  if (kind != kTable && kind != kMemory) return {};
  const auto flags = bytes.number();
  if (!flags) return fail(flags.error());
  HEARTH_TRY(bytes.number());
  if ((*flags & 1) != 0) HEARTH_TRY(bytes.number());
  return {};
}

Result<std::vector<Import>> readImportSection(Bytes bytes) {
  std::vector<Import> imports;
  const auto count = bytes.number();
  if (!count || *count > kMostImports) return broken();
  for (std::uint32_t i = 0; i < *count; ++i) {
    auto module = bytes.name();
    if (!module) return fail(std::move(module).error());
    auto name = bytes.name();
    if (!name) return fail(std::move(name).error());
    const auto kind = bytes.number();
    if (!kind) return fail(kind.error());
    HEARTH_TRY(skipDescription(bytes, *kind));
    imports.push_back({*std::move(module), *std::move(name), *kind == 0});
  }
  return imports;
}

bool isKnown(const Import& import) {
  return import.isFunction && import.module == "wasi_snapshot_preview1" &&
         std::binary_search(kCalls.begin(), kCalls.end(), import.name);
}

/// A name as a terminal may show it.
std::string shown(const std::string& name) {
  std::string out = name.substr(0, 80);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

Result<std::vector<Import>> readImports(std::string_view bytes) {
  if (!bytes.starts_with(kHead)) return broken();
  Bytes rest(bytes.substr(kHead.size()));
  while (!rest.isEmpty()) {
    const auto section = rest.number();
    if (!section) return fail(section.error());
    const auto size = rest.number();
    if (!size) return fail(size.error());
    const auto body = rest.take(*size);
    if (!body) return fail(body.error());
    if (*section == kImportSection) return readImportSection(Bytes(*body));
  }
  return std::vector<Import>();
}

Result<void> checkImports(const std::vector<Import>& imports) {
  std::string unknown;
  std::size_t count = 0;
  for (const Import& import : imports) {
    if (isKnown(import)) continue;
    if (++count <= kNamedImports) unknown += (count == 1 ? "" : ", ") + shown(import.module) + "." + shown(import.name);
  }
  if (count == 0) return {};
  if (count > kNamedImports) unknown += " and " + std::to_string(count - kNamedImports) + " more";
  return fail(
      ErrorCode::kInvalid, "the module imports what no agent has: " + unknown,
      "A task has files, clocks and random numbers by WASI preview 1, and nothing else: no sockets, no threads, no "
      "browser; build it with --target=wasm32-wasi");
}

}  // namespace hearth::wasm
