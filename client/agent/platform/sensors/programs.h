// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hearth::agent {

/// The first of these programs that is running, or nothing. The kernel keeps fifteen letters of a name: as many are
/// compared.
std::string runningProgram(const std::filesystem::path& root, const std::vector<std::string>& names);

}  // namespace hearth::agent
