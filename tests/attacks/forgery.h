// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "attacks/catalogue.h"
#include "attacks/judgement.h"
#include "attacks/world.h"
#include "sandbox/executor.h"

namespace hearth::attacks {

/// Takes a checkpoint of a module that waits, changes it in many ways, each with a checksum that fits, and lets the
/// module go on from each: it may end, trap or go on, but never break what it runs in.
Verdict tryForgeries(const Attack& attack, sandbox::Executor& executor, const World& world);

}  // namespace hearth::attacks
