// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hearth::sandbox {

/// Runs a tool of the system to its end, with nothing on its standard input, and returns the first few KiB of its
/// standard output. Nothing where it cannot be run, fails, or takes longer than `patience`: it is killed then.
std::optional<std::string> runTool(std::vector<std::string> words, std::chrono::milliseconds patience);

}  // namespace hearth::sandbox
