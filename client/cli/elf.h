// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth::cli {

/// What the dynamic loader would read of a program or shared library. Plain value.
struct ElfFile {
  bool is64 = true;
  std::uint16_t machine = 0;         ///< e_machine: 62 is x86-64, 183 is AArch64
  std::string interpreter;           ///< PT_INTERP; empty for libraries and static programs
  std::string soname;                ///< DT_SONAME or empty
  std::vector<std::string> needed;   ///< DT_NEEDED in order
  std::vector<std::string> rpath;    ///< DT_RPATH, split at ':'; empty when there is a DT_RUNPATH
  std::vector<std::string> runpath;  ///< DT_RUNPATH, split at ':'
};

/// What the first bytes of a file say it is.
enum class FileKind : std::uint8_t { kElf, kScript, kOther };
Result<FileKind> fileKind(const std::filesystem::path& file);

/// Reads headers and dynamic section of a little-endian ELF file. Every offset is checked against the file's size: a
/// malformed file is an error, never a crash.
Result<ElfFile> readElf(const std::filesystem::path& file);

/// The first line of a script: its interpreter and the one argument that the kernel passes on (often empty).
struct Shebang {
  std::string interpreter;
  std::string argument;
};
Result<Shebang> readShebang(const std::filesystem::path& file);

/// "linux-x86_64", "linux-aarch64"; an error for a processor that no agent runs on.
Result<std::string> platformOf(const ElfFile& elf);

}  // namespace hearth::cli
