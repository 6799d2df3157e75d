// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/time.h"

namespace hearth::agent {

/// What the clock on the wall shows here at that time, less UTC; by the zone that the system has now.
Duration zoneOffset(Instant wall);

}  // namespace hearth::agent
