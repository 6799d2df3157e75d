// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace hearth::agent {

/// The tree of stateJson() as a few lines for a terminal. Members that are not there are left out, so that it also
/// shows what an older or newer agent says.
Result<std::string> statusText(std::string_view state, Instant now);

/// What the reply to `join` says of the project.
Result<std::string> joinedText(std::string_view project);

/// The projects of that tree, a line each.
Result<std::string> projectsText(std::string_view state);

}  // namespace hearth::agent
