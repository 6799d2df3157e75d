// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "attacks/catalogue.h"
#include "attacks/judgement.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// Leads attacks in one virtual machine, one after the other (herd.c), and judges each. What one gains there is the
/// machine's own: it succeeds only if it reaches what is the host's. A verdict an attack, in their order.
std::vector<Verdict> tryTogether(const std::vector<const Attack*>& attacks, sandbox::Executor& executor,
                                 const World& world);

/// Leads one attack in a machine of its own, up to where it is stopped or frozen: from outside nothing of it is seen
/// but how much the machine computes.
Verdict tryAlone(const Attack& attack, sandbox::Executor& executor, const World& world, int number);

/// Starts so many machines, in each a program that ignores whatever it is told, and returns once all are under way;
/// they go on until what is returned, or the agent, is gone.
std::shared_ptr<void> beginInMachines(std::size_t count, sandbox::Executor& executor, const World& world);

}  // namespace hearth::attacks
