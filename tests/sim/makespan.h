// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/time.h"
#include "sim/hosts.h"
#include "sim/oracle.h"
#include "sim/world.h"

/// One bag of identical tasks for a population that the project knows already: what the real Dispatcher makes of it in
/// the fault-free world, beside the exact optimum and the reference ladder on the same machines.
namespace hearth::sim {

struct MakespanCase {
  std::uint64_t seed = 1;
  std::uint32_t hosts = 2'000;
  std::uint64_t tasksPerHost = 1;
  Profile profile = findProfile("seti-heavy").value();
  bool stationary = false;                   ///< every host begins with a fresh up period at time 0
  Duration arrival = Duration::days(14);     ///< of the bag
  Duration known = Duration::days(2);        ///< hosts enrolled so long before and asked for work in vain
  Duration run = Duration::hours(2);         ///< of a task on a host of mean speed
  Duration patience = Duration::days(60);    ///< after the arrival: a run that lasts longer is not done
  Duration interval = Duration::minutes(5);  ///< syncs of a host, with work or without
};

/// What came of one case.
struct MakespanOutcome {
  Duration optimum;
  BagRun dispatcher;
  BagRun ladder;

  double ratio(const BagRun& run) const { return run.makespan.inSeconds() / optimum.inSeconds(); }
};

MakespanOutcome runMakespan(const MakespanCase& setting);

}  // namespace hearth::sim
