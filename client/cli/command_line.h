// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace hearth::cli {

/// Reads the command line (without the program's name), runs its command and prints what went wrong. Returns the exit
/// status.
int runCommandLine(Context& context, std::vector<std::string> arguments);

}  // namespace hearth::cli
