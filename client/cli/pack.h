// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "model/package.h"

namespace hearth::cli {

/// What `hearth pack` is asked for. A program may be a WebAssembly module, and is then the only one (pack_wasm.h).
struct PackRequest {
  std::vector<std::filesystem::path> programs;  ///< a path, or a name to look up in PATH
  std::string name;                             ///< of the package; empty: the first program's
  std::string version;
  std::string alias;                          ///< name of the one program in commands; empty: its file name
  std::vector<std::filesystem::path> extras;  ///< files and folders kept at their absolute paths
  std::filesystem::path folder;               ///< where the package is written; empty: "<name>-<version>" here
  std::filesystem::path image;                ///< a container image to pack instead of programs; empty: none
  bool allPlatforms = false;                  ///< of a module: a compiler that is missing is an error
  bool realClocks = false;                    ///< of a module: its clocks are the machine's
  std::string searchPath;                     ///< the PATH in which names are looked up
};

/// A program and everything it was found to need. `files` maps a path in the task's root to the file it is a copy of.
struct PackPlan {
  Package package;  ///< `files` still empty
  std::map<std::string, std::filesystem::path> files;
  std::vector<std::string> warnings;
};

/// Finds out what belongs into the package; writes nothing.
Result<PackPlan> planPackage(const PackRequest& request);

/// The same for a container image: the package is its archive, and its command the one that a task starts.
Result<PackPlan> planImagePackage(const PackRequest& request);

/// A package as it was written.
struct PackedPackage {
  std::filesystem::path folder;
  Package package;
  Digest digest;  ///< of package.json: what gets signed
  std::vector<std::string> warnings;
};

/// Turns an installed Linux program into a self-contained package: copies every file of the plan below the folder, at
/// its path in the task's root, and writes package.json. The same files give the same bytes. A package that stands
/// there already is replaced; any other folder is refused.
Result<PackedPackage> pack(const PackRequest& request);

/// Copies every file of a plan below the folder and writes package.json: what `pack` does with what it planned.
Result<PackedPackage> writePackage(PackPlan plan, const std::filesystem::path& folder);

/// Reads the package that `pack` wrote and checks every file of it against its digest.
Result<PackedPackage> readPackage(const std::filesystem::path& folder);

}  // namespace hearth::cli
