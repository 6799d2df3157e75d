// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hearth::agent {

/// A file of /proc or /sys, without the newline at its end; empty where it is not there.
std::string smallFile(const std::filesystem::path& file);
std::optional<double> numberIn(const std::filesystem::path& file);
/// The entries of a folder whose names begin like that, in order; none where there is no folder.
std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& folder, const std::string& prefix);

}  // namespace hearth::agent
