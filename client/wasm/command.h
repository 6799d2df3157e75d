// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth::wasm {

/// Runs a program of PATH in a folder and waits for it. Its output goes nowhere but into the error, where the end of it
/// stands when it fails. Its locale and time zone are fixed, so that it does the same for everybody.
Result<void> runCommand(const std::vector<std::string>& command, const std::filesystem::path& folder);

/// Whether PATH has a program of that name.
bool isInstalled(const std::string& program);

}  // namespace hearth::wasm
