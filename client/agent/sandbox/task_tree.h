// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What hearth-task-init needs where it has no process namespace: it is the subreaper of everything that descends from
// the program, so all of it hangs below it in the tree of processes, whatever it does to its sessions and parents.
#include <stdint.h>

/// Processes and threads below this one.
uint32_t treeCount(void);
/// SIGKILL to everything that is found below this one. What forked meanwhile is found by the next call.
void treeKill(void);
/// From here on this process and what it starts can signal nothing else: kill(-1) then reaches exactly what descends
/// from it. Returns 0, or -1 and errno; needs Landlock of version kScopesVersion.
int keepSignalsBelow(void);
enum { kScopesVersion = 6 };
/// The same for a task of an older kernel: it can signal the process that calls this, and its own group. Cannot be
/// undone. Returns 0, or -1 and errno.
int keepSignalsToSelf(void);
