// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "base/time.h"

namespace hearth::agent {

/// Time that goes on while the machine sleeps and is never set back, whatever becomes of the clock on the wall: that
/// clock as it stood once since the machine was started, and what has passed since. Any thread.
Instant agentClock();

/// Has it go on where an earlier agent had it since the machine was started, which the file says: a pause neither ends
/// nor grows because a clock was set while the agent was being upgraded. Called once, before anything asks for the
/// time; without the file, or when it is of an earlier start, the clock on the wall counts.
void continueClock(const std::filesystem::path& file);

}  // namespace hearth::agent
