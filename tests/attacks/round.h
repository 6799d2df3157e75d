// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <string>

#include <sys/types.h>

#include "attacks/executors.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// What the agents of a run of the suite have in common.
struct Plan {
  uid_t user = 0;
  bool isBare = false;
  bool isHandedIn = false;  ///< the machine is given the owner's files: the other foil
  bool isWhole = std::getenv("HEARTH_EVERY_ATTACK") != nullptr;  ///< dear executors by both users
  std::string only;                                              ///< of the attacks' names; empty: all
};

/// Tries all attacks of an executor that the plan wants, and writes a line for each to `to`: its name, its control,
/// whether it went as it should, outcome, what it gained within, seconds; with tabs between them.
void tryAll(const Plan& plan, const ExecutorKind& kind, sandbox::Executor& executor, const World& world, int to);

}  // namespace hearth::attacks
