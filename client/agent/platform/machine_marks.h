// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hearth::agent {

/// What tells this machine from one that has a copy of its disk: serial numbers of the board and built-in network
/// cards, as far as this user may read them ("board:…", "card:…"), and the name that the system gave itself
/// ("system:…"). Kept on this machine, never sent. In order.
std::vector<std::string> machineMarks(const std::filesystem::path& root = "/");

/// Whether what is kept was made on another machine than the one that shows these marks now: of the marks of hardware
/// none is left, or, where there are none to compare, the system's name is another. One new card does not make another
/// machine; where nothing can be compared it is the same.
bool isOtherMachine(const std::vector<std::string>& kept, const std::vector<std::string>& now);

}  // namespace hearth::agent
