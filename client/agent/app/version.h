// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace hearth::agent {

/// Of this build of the agent, as servers and people are told it.
inline constexpr const char* kVersion = HEARTH_AGENT_VERSION;

}  // namespace hearth::agent
