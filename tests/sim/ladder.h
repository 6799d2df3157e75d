// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/time.h"
#include "sim/oracle.h"

/// The reference policy that the Dispatcher is held against: leases of 15 minutes, at most three attempts of a task
/// once all have begun, slow hosts kept out of the tail. A small simulation of its own that shares nothing with the
/// Dispatcher but the machines. It knows of a host what the Dispatcher is told too, its benchmark, and learns of
/// everything else without delay but for the lease.
namespace hearth::sim {

struct LadderOptions {
  Duration lease = Duration::minutes(15);  ///< a host that is down so long loses its claim, until it comes back
  Duration interval =
      Duration::minutes(1);    ///< a host without work asks so often; one with a decided task learns it then
  std::uint32_t attempts = 3;  ///< of a task, at most, when it is replicated
  bool replicas = true;
  double slow =
      .2;  ///< a host below this share of the mean benchmark gets nothing once fewer tasks than hosts are left
};

/// Runs a bag to its end, or until the traces end. Resumable tasks, one at a time on each host.
BagRun runLadder(Traces traces, const Bag& bag, const LadderOptions& options = {});

}  // namespace hearth::sim
