// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "cli/pack.h"

namespace hearth::cli {

/// Whether a file begins as WebAssembly modules do.
bool isWasmModule(const std::filesystem::path& file);

/// Turns a WebAssembly module into a package: the module itself, and its native build for each platform whose compiler
/// is installed, below a folder of the platform's name. Of the request only name, version, alias and folder matter,
/// besides the one program, which is the module. A compiler that is missing is a warning that names its Debian package,
/// an error with `allPlatforms`, and always an error when it is the only one.
Result<PackedPackage> packWasm(const PackRequest& request);

}  // namespace hearth::cli
