// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace hearth::agent {

/// Before the first thread: few threads allocate at a time, so that they need no heap of their own each.
void keepHeapSmall();

/// Gives back what the agent does not need while it waits: free memory of the heap, and the pages of its program and
/// libraries, most of which only starting up has touched. Those that are used again come back from the system's cache
/// of files. Any thread; takes less than a millisecond.
void giveMemoryBack();

}  // namespace hearth::agent
