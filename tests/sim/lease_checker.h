// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/time.h"
#include "core/dispatcher.h"
#include "sim/complaints.h"
#include "sim/ledger.h"

namespace hearth::sim {

/// Follows what the Dispatcher decides, durable or not, and holds that every live lease has a timer, that a task has no
/// more running copies than its quorum and two, and that a batch stays within what it may have at once. A lease whose
/// host was not heard of for a term counts as lapsed: it runs no more as far as anybody knows.
class LeaseChecker {
 public:
  LeaseChecker(core::DispatcherOptions options, const Ledger& ledger, Complaints& complaints)
      : m_options(options), m_ledger(ledger), m_complaints(complaints) {}

  void handled(const core::Event& event, const core::Actions& actions, Instant now);
  void checkTimer(Instant nextTick, Instant now);
  /// The Dispatcher was made anew from what the ledger knows: every live lease has a new term.
  void rebuilt(Instant now);

  std::size_t live() const { return m_live.size(); }

 private:
  struct Live {
    TaskId task;
    HostId host;
    Instant timer;  ///< when the Dispatcher must look at it at the latest
    Instant ends;   ///< of its term
    Instant deadline;
  };

  void give(const Lease& lease, Instant now);
  void renew(AttemptId attempt, HostId host, Duration term, Instant now);
  void arm(AttemptId attempt, Live& live, Instant timer);
  void end(AttemptId attempt);
  const BatchPlan* planOf(BatchId batch) const;

  core::DispatcherOptions m_options;
  const Ledger& m_ledger;
  Complaints& m_complaints;
  std::map<AttemptId, Live> m_live;
  std::map<TaskId, std::set<AttemptId>> m_byTask;
  std::set<std::pair<Instant, AttemptId>> m_timers;
  std::map<BatchId, BatchPlan> m_fresh;  ///< of batches that are not durable yet
};

}  // namespace hearth::sim
