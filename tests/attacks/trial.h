// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "attacks/catalogue.h"
#include "attacks/judgement.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// Leads one attack under an executor and judges it. `isBare`: outputs are taken as somebody careless would.
/// Called by several threads at a time, each with its own `number`.
Verdict tryAttack(const Attack& attack, sandbox::Executor& executor, const World& world, int number, bool isBare);

}  // namespace hearth::attacks
