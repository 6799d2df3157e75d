// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/elf.h"

#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>

#include <elf.h>

namespace hearth::cli {
namespace {

constexpr std::uint64_t kHeadersBytes = 1 << 20;  // program headers and dynamic section of one file, at most
constexpr std::uint64_t kStringBytes = 4096;      // one string of the dynamic section
constexpr std::size_t kNeededLibraries = 4096;

/// Reads pieces of a file at offsets that the file itself names, so none is trusted.
class ElfReader {
 public:
  explicit ElfReader(const std::filesystem::path& file) : m_name(file.string()), m_in(file, std::ios::binary) {
    std::error_code failed;
    m_size = std::filesystem::file_size(file, failed);
    if (failed) m_size = 0;
  }
  bool isOpen() const { return m_in.is_open(); }

  template <typename T>
  Result<T> read(std::uint64_t offset) {
    T value{};
    HEARTH_TRY(readInto(offset, std::as_writable_bytes(std::span(&value, 1))));
    return value;
  }
  template <typename T>
  Result<std::vector<T>> readMany(std::uint64_t offset, std::uint64_t count) {
    if (count > kHeadersBytes / sizeof(T)) return malformed("a table of it is too long");
    std::vector<T> values(count);
    HEARTH_TRY(readInto(offset, std::as_writable_bytes(std::span(values))));
    return values;
  }
  /// A NUL-terminated string that ends before `end`.
  Result<std::string> text(std::uint64_t offset, std::uint64_t end) {
    if (offset >= end || end > m_size) return malformed("a string of it lies outside of the file");
    std::string bytes(std::min(kStringBytes, end - offset), '\0');
    HEARTH_TRY(readInto(offset, std::as_writable_bytes(std::span(bytes))));
    const std::size_t length = bytes.find('\0');
    if (length == std::string::npos) return malformed("a string of it does not end");
    bytes.resize(length);
    return bytes;
  }
  tl::unexpected<Error> malformed(const std::string& why) const {
    return fail(ErrorCode::kInvalid, m_name + " is not a sound ELF file: " + why,
                "Is the file complete? Compare it with its package: dpkg --verify");
  }

 private:
  Result<void> readInto(std::uint64_t offset, std::span<std::byte> out) {
    if (offset > m_size || out.size() > m_size - offset) return malformed("it ends too early");
    m_in.clear();
    m_in.seekg(static_cast<std::streamoff>(offset));
    m_in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    if (!m_in) return fail(ErrorCode::kIo, "cannot read " + m_name);
    return {};
  }

  std::string m_name;
  std::ifstream m_in;
  std::uint64_t m_size = 0;
};

struct Elf64 {
  using Header = Elf64_Ehdr;
  using Segment = Elf64_Phdr;
  using Dynamic = Elf64_Dyn;
};
struct Elf32 {
  using Header = Elf32_Ehdr;
  using Segment = Elf32_Phdr;
  using Dynamic = Elf32_Dyn;
};

std::vector<std::string> splitPath(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <typename Segments>
std::optional<std::uint64_t> offsetOfAddress(const Segments& segments, std::uint64_t address) {
  for (const auto& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return std::nullopt;
}

/// The strings that the dynamic section refers to.
template <typename Class>
Result<void> readDynamic(ElfReader& reader, const std::vector<typename Class::Segment>& segments,
                         const typename Class::Segment& dynamic, ElfFile& elf) {
  using Entry = typename Class::Dynamic;
  auto entries = reader.readMany<Entry>(dynamic.p_offset, dynamic.p_filesz / sizeof(Entry));
  if (!entries) return fail(std::move(entries).error());
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  for (const Entry& entry : *entries) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
  }
  const auto table = offsetOfAddress(segments, address);
  if (!table) return size == 0 ? Result<void>() : reader.malformed("its string table is in no segment");
  for (const Entry& entry : *entries) {
    if (entry.d_tag == DT_NULL) break;
    const bool wanted =
        entry.d_tag == DT_NEEDED || entry.d_tag == DT_SONAME || entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH;
    if (!wanted) continue;
    if (entry.d_un.d_val >= size) return reader.malformed("a string of it lies outside of its table");
    auto text = reader.text(*table + entry.d_un.d_val, *table + size);
    if (!text) return fail(std::move(text).error());
    if (entry.d_tag == DT_NEEDED)
      elf.needed.push_back(*std::move(text));
    else if (entry.d_tag == DT_SONAME)
      elf.soname = *std::move(text);
    else if (entry.d_tag == DT_RPATH)
      elf.rpath = splitPath(*text);
    else
      elf.runpath = splitPath(*text);
    if (elf.needed.size() > kNeededLibraries) return reader.malformed("it needs too many libraries");
  }
  if (!elf.runpath.empty()) elf.rpath.clear();
  return {};
}

template <typename Class>
Result<ElfFile> readClass(ElfReader& reader) {
  auto header = reader.read<typename Class::Header>(0);
  if (!header) return fail(std::move(header).error());
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
    return reader.malformed("it is neither a program nor a shared library");
  }
  if (header->e_phentsize != sizeof(typename Class::Segment))
    return reader.malformed("its headers have a strange size");
  auto segments = reader.readMany<typename Class::Segment>(header->e_phoff, header->e_phnum);
  if (!segments) return fail(std::move(segments).error());
  ElfFile elf;
  elf.machine = header->e_machine;
  for (const auto& segment : *segments) {
    if (segment.p_type == PT_INTERP) {
      auto interpreter = reader.text(segment.p_offset, segment.p_offset + segment.p_filesz);
      if (!interpreter) return fail(std::move(interpreter).error());
      elf.interpreter = *std::move(interpreter);
    }
    if (segment.p_type == PT_DYNAMIC) HEARTH_TRY(readDynamic<Class>(reader, *segments, segment, elf));
  }
  return elf;
}

}  // namespace

Result<FileKind> fileKind(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorCode::kIo, "cannot read " + file.string(), "Check that the file exists and that you may read it");
  std::array<char, SELFMAG> head{};
  in.read(head.data(), head.size());
  if (in.gcount() == SELFMAG && std::memcmp(head.data(), ELFMAG, SELFMAG) == 0) return FileKind::kElf;
  if (in.gcount() >= 2 && head[0] == '#' && head[1] == '!') return FileKind::kScript;
  return FileKind::kOther;
}

Result<ElfFile> readElf(const std::filesystem::path& file) {
  ElfReader reader(file);
  if (!reader.isOpen()) return fail(ErrorCode::kIo, "cannot read " + file.string());
  const auto ident = reader.read<std::array<unsigned char, EI_NIDENT>>(0);
  if (!ident) return fail(ident.error());
  if (std::memcmp(ident->data(), ELFMAG, SELFMAG) != 0) return reader.malformed("it does not begin like one");
  if ((*ident)[EI_DATA] != ELFDATA2LSB) return reader.malformed("it is for a big-endian machine");
  const bool is64 = (*ident)[EI_CLASS] == ELFCLASS64;
  auto elf = is64 ? readClass<Elf64>(reader) : readClass<Elf32>(reader);
  if (elf) elf->is64 = is64;
  return elf;
}

Result<Shebang> readShebang(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line(256, '\0');  // what the kernel reads
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(in.gcount()));
  line.resize(std::min(line.find('\n'), line.size()));
  const auto skip = [&line](std::size_t at) { return std::min(line.find_first_not_of(" \t\r", at), line.size()); };
  const std::size_t begin = skip(2);
  const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
  Shebang shebang{line.substr(begin, end - begin), line.substr(skip(end))};
  shebang.argument.resize(shebang.argument.find_last_not_of(" \t\r") + 1);
  if (shebang.interpreter.empty() || shebang.interpreter.front() != '/') {
    return fail(ErrorCode::kInvalid, file.string() + " is a script whose first line names no interpreter",
                "Its first line must look like \"#!/usr/bin/python3\"");
  }
  return shebang;
}

Result<std::string> platformOf(const ElfFile& elf) {
  if (elf.is64 && elf.machine == EM_X86_64) return "linux-x86_64";
  if (elf.is64 && elf.machine == EM_AARCH64) return "linux-aarch64";
  return fail(ErrorCode::kUnsupported,
              "the program is for a processor that Hearth does not know (e_machine " + std::to_string(elf.machine) +
                  (elf.is64 ? ", 64 bit)" : ", 32 bit)"),
              "Pack a build for x86-64 or AArch64");
}

}  // namespace hearth::cli
