// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/elf.h"

namespace hearth::cli {

/// The folders in which the dynamic loader of this machine looks for libraries: those of /etc/ld.so.conf and its
/// includes, then the built-in ones. Processor-specific variants (glibc-hwcaps) are left out on purpose: a package must
/// run on the plainest volunteer's machine.
std::vector<std::filesystem::path> librarySearchPath(const std::filesystem::path& configuration = "/etc/ld.so.conf");

/// A library as it was found, and where it must stand in the package for the loader to find it there too.
struct FoundLibrary {
  std::filesystem::path source;  ///< a path of this machine
  std::filesystem::path place;   ///< absolute path in the task's root
};

/// Every shared library that `elf` (the file at `file`) needs, directly or through others, in the loader's
/// breadth-first order; what DT_RPATH, DT_RUNPATH and $ORIGIN say is followed as ld.so does. A library that is not
/// found is an error that names who needs it.
Result<std::vector<FoundLibrary>> libraryClosure(const std::filesystem::path& file, const ElfFile& elf,
                                                 const std::vector<std::filesystem::path>& searchPath);

}  // namespace hearth::cli
