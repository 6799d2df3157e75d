// SPDX-License-Identifier: GPL-3.0-or-later
// What happens because time passes.
#include <algorithm>

#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {

Dispatcher::Impl::Body Dispatcher::Impl::on(const Tick&) {
  expireDue();
  wakeRested();
  freeSome();
  return Done{};
}

/// An attempt ends at its deadline, heartbeats or not. One whose batch is over lives until its term ends: its host has
/// been told by then, or is gone.
Instant Dispatcher::Impl::deadlineOf(const Lease& lease) const {
  const BatchEntry* batch = findBatch(lease.task.batch);
  return batch == nullptr ? m_now : deadlineOf(lease, *batch);
}

Instant Dispatcher::Impl::deadlineOf(const Lease& lease, const BatchEntry& batch) {
  return lease.leased + batch.plan.policy.deadline;
}

/// Its host has been silent for a whole term. Nothing is written: the attempt does not count any longer, so its task
/// wants another one, but should the host be heard of again before the task is decided, it goes on where it was.
void Dispatcher::Impl::lapse(AttemptId attempt, LeaseEntry& entry) {
  BatchEntry& batch = *findBatch(entry.lease.task.batch);
  TaskEntry& task = batch.tasks.at(entry.lease.task.index);
  entry.lapsed = true;
  task.find(attempt)->lapsed = true;
  countLive(batch, -1);
  ++m_lapsed;
  ++m_departures;
  ++m_totals.leasesLapsed;
  arm(entry, deadlineOf(entry.lease, batch));
  queueAgain(batch, entry.lease.task.index, task);
  tell(batch);
}

void Dispatcher::Impl::expireDue() {
  for (std::size_t ended = 0; ended < limits::kExpiriesPerTick; ++ended) {
    const std::optional<std::uint64_t> subject = m_timers.takeDue(m_now);
    if (!subject) return;
    const AttemptId attempt{*subject};
    LeaseEntry& entry = m_leases.at(attempt);
    if (m_now < deadlineOf(entry.lease)) {
      lapse(attempt, entry);
      continue;
    }
    arm(entry, m_now);  // what ends a lease cancels its timer
    ++m_totals.leasesExpired;
    ResultReport report;
    report.reason = "the attempt was not returned before its deadline";
    endAttempt(attempt, AttemptState::kExpired, report);
  }
  m_actions.more = true;
}

void Dispatcher::Impl::wakeRested() {
  for (std::size_t woken = 0; woken < limits::kExpiriesPerTick; ++woken) {
    if (m_resting.empty() || m_resting.begin()->first > m_now) return;
    const TaskId id = m_resting.begin()->second;
    BatchEntry* batch = findBatch(id.batch);
    if (batch == nullptr) {  // its batch is over
      m_resting.erase(m_resting.begin());
      continue;
    }
    TaskEntry& task = batch->tasks.at(id.index);
    unqueue(*batch, id.index, task);
    queueAgain(*batch, id.index, task);
    offer(*batch);
  }
  m_actions.more = true;
}

void Dispatcher::Impl::freeSome() {
  constexpr std::size_t kPiece = 4'096;
  if (m_checkpoints.dropSome(kPiece)) m_actions.more = true;
  if (m_dropped.empty()) return;
  auto& tasks = m_dropped.back();
  for (std::size_t freed = 0; freed < kPiece && !tasks.empty(); ++freed) tasks.erase(tasks.begin());
  if (tasks.empty()) m_dropped.pop_back();
}

Instant Dispatcher::Impl::nextTick() const {
  if (!m_dropped.empty() || m_checkpoints.hasEnded()) return m_now;
  const Instant rested = m_resting.empty() ? Instant::farFuture() : m_resting.begin()->first;
  return std::min(m_timers.earliest(), rested);
}

}  // namespace hearth::core
