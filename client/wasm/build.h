// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace hearth::wasm {

/// A compiler that makes native builds for one platform.
struct Toolchain {
  std::string platform;  ///< as agents name themselves: "linux-x86_64"
  std::string compiler;  ///< looked up in PATH
  std::string package;   ///< Debian's, for a person who lacks it
  std::vector<std::string> flags;
  bool isWindows = false;
};

/// Those that a published application is built with.
const std::vector<Toolchain>& toolchains();

/// Whether clocks of a module are virtual, so that every run is the same, or the machine's own.
enum class Clocks : bool { kVirtual, kReal };

/// A module that was found sound and made resumable: its C in a work folder, ready for any toolchain. The folder is the
/// caller's and outlives this.
struct PreparedModule {
  Digest digest;  ///< of the .wasm file
  std::filesystem::path folder;
};

/// Checks a module (wabt's wasm-validate, imports that we have, an exported _start), turns it into C (wasm2c) and makes
/// that resumable (weave). `folder` must exist and be empty.
Result<PreparedModule> prepareModule(const std::filesystem::path& module, const std::filesystem::path& folder,
                                     Clocks clocks);

/// Compiles a prepared module for one platform into one static program. Nothing of this machine or this moment goes
/// into it: the same module, wabt and compiler give the same bytes. The program holds the module twice: a fast form
/// that relies on 8 GiB of address space with guard pages, and one that checks every access, for when a limit on
/// address space (RLIMIT_AS) forbids that; it chooses when it starts, and both read each other's checkpoints.
Result<void> compileModule(const PreparedModule& module, const Toolchain& toolchain,
                           const std::filesystem::path& program);

}  // namespace hearth::wasm
