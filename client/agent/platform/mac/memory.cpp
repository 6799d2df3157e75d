// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/memory.h"

#include <malloc/malloc.h>

namespace hearth::agent {

// Its allocator has no heap a thread.
void keepHeapSmall() {}

void giveMemoryBack() { ::malloc_zone_pressure_relief(nullptr, 0); }

}  // namespace hearth::agent
