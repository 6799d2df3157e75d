// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent_core/sharing.h"
#include "base/time.h"

namespace hearth::agent {

/// The status with every instant as the clock on the wall tells it, which people and their programs compare it with:
/// the agent's own time does not follow a clock that was set.
SharingStatus onTheWall(SharingStatus status, Duration wallLessAgent);

}  // namespace hearth::agent
