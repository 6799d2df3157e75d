// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/memory.h"

// clang-format off
#include <windows.h>
#include <malloc.h>
// clang-format on

namespace hearth::agent {

// The heap of Windows is shared by all threads from the start.
void keepHeapSmall() {}

void giveMemoryBack() {
  ::_heapmin();
  // Sizes of -1 ask for as many pages as can be spared to leave the working set.
  constexpr SIZE_T kAll = static_cast<SIZE_T>(-1);
  ::SetProcessWorkingSetSize(::GetCurrentProcess(), kAll, kAll);
}

}  // namespace hearth::agent
