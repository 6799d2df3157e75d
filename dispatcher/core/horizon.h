// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace hearth::core {

/// What one host can do for a batch from now on.
struct Capacity {
  Duration whole;           ///< how long it computes on one task
  Duration freeIn;          ///< until it takes further work
  std::uint32_t slots = 1;  ///< tasks at a time
};

/// When `tasks` tasks could be done at the earliest: T = min{T : scale * sum over hosts of
/// slots * floor((T - freeIn) / whole) >= tasks}, the exact optimum for equal tasks that stay where they began. A host
/// that needs longer than T for a single task only delays the end of the batch. `scale`: what share of the hosts the
/// given ones stand for and the batch can count on. Far future (in Duration's terms) if the hosts can do nothing.
Duration horizon(const std::vector<Capacity>& hosts, double scale, double tasks);

/// What is left of a run of `whole` that was seen computing for `seen`. Runs that take longer than they should are
/// believed to go on for a fifth of what they took: an estimate of the whole that was wrong does not stay wrong.
Duration leftOf(Duration whole, Duration seen);

}  // namespace hearth::core
