// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "attacks/catalogue.h"
#include "attacks/judgement.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// Leads one attack by a machine that a task has taken over (guest/). Whatever it writes onto its disk, none of it may
/// count as a result, be planted outside, be more than the task's share or anything but a plain file or folder.
Verdict tryGuest(const Attack& attack, sandbox::Executor& executor, const World& world);

}  // namespace hearth::attacks
