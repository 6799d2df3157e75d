// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "sim/hosts.h"

/// What no dispatcher can beat: the least time in which given hosts can finish a bag of identical tasks, by somebody
/// who knows all of their future. Pure functions of plain values; integers throughout, so the bounds are exact.
namespace hearth::sim {

/// A period in which a host is up, counted from the arrival of the bag.
struct UpSpan {
  Duration from, until;
};

/// What a host does from the arrival of a bag on.
struct HostTrace {
  std::uint32_t megaflops = 1;  ///< Mflop/s of the one processor
  std::uint32_t benchmark = 1;  ///< what the host says of its speed
  std::vector<UpSpan> up;       ///< in order, not overlapping, none empty
};
using Traces = std::span<const HostTrace>;

/// Identical tasks that arrive together.
struct Bag {
  std::uint64_t tasks = 0;
  std::uint64_t megaflop = 1;  ///< work of each
};

/// How a bag fared, with times from its arrival.
struct BagRun {
  bool done = false;  ///< every task was finished before the traces ended
  Duration makespan;  ///< until the last task was certified
  Duration ninety;    ///< until 90 % were
  double wasted = 0;  ///< share of all that hosts executed that nobody needed
  double copies = 0;  ///< attempts a task
  /// How much the last tenth held the bag up: 1 when it was as fast as those before it.
  double tailSlowdown() const { return makespan.inSeconds() / (ninety.inSeconds() / .9); }
};

/// The first `hosts` of the population from `arrival` on, for `length`.
std::vector<HostTrace> tracesOf(const Population& population, std::uint32_t hosts, Duration arrival, Duration length);

/// Work of a task that a host of the mean speed runs for so long.
std::uint64_t megaflopAtMeanSpeed(Traces traces, Duration run);

/// Up-time of a host by `end`.
Duration upTime(const HostTrace& trace, Duration end);

/// The exact optimum for identical resumable tasks that stay where they began: min{T : sum over hosts of floor(speed x
/// up-time by T / work) >= tasks}. Attained by giving each host as many tasks as it can finish by T. Nothing if the
/// traces end too early.
std::optional<Duration> exactOptimum(Traces traces, const Bag& bag);

/// The same where an interruption loses what was done: whole tasks fit into whole up periods only.
std::optional<Duration> exactOptimumUnresumable(Traces traces, const Bag& bag);

/// A lower bound for any way of splitting the work: min{T : sum of speed x up-time by T >= tasks x work}.
std::optional<Duration> fluidBound(Traces traces, const Bag& bag);

}  // namespace hearth::sim
