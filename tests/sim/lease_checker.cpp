// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/lease_checker.h"

#include <algorithm>
#include <variant>

namespace hearth::sim {
namespace {

constexpr std::uint32_t kSpareCopies = 2;

std::string text(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }

/// The term that a renewal gives at most: a lease lives for three sync intervals where those are long.
Duration termOf(const core::DispatcherOptions& options, const core::Actions& actions) {
  Duration term = options.leaseTerm;
  for (const core::Reply& reply : actions.replies) {
    if (!reply.body) continue;
    const auto* outcome = std::get_if<core::SyncOutcome>(&*reply.body);
    if (outcome == nullptr) continue;
    term = std::max(term, outcome->nextSync * 4);
    for (const auto& assigned : outcome->assigned) term = std::max(term, assigned.term);
  }
  return term;
}

}  // namespace

const BatchPlan* LeaseChecker::planOf(BatchId batch) const {
  if (const LedgerBatch* known = m_ledger.batch(batch)) return &known->plan;
  const auto fresh = m_fresh.find(batch);
  return fresh == m_fresh.end() ? nullptr : &fresh->second;
}

void LeaseChecker::handled(const core::Event& event, const core::Actions& actions, Instant now) {
  const Duration term = termOf(m_options, actions);
  const bool accepted = !actions.replies.empty() && actions.replies.front().body.has_value();
  if (const auto* sync = std::get_if<core::SyncHost>(&event.what); sync != nullptr && accepted) {
    for (const AttemptId attempt : sync->request.held) renew(attempt, sync->host, term, now);
    if (const auto* outcome = std::get_if<core::SyncOutcome>(&*actions.replies.front().body)) {
      for (const auto& assigned : outcome->assigned) renew(assigned.lease.attempt, sync->host, term, now);
    }
  }
  for (const Change& change : actions.changes) {
    if (const auto* ended = std::get_if<AttemptEnd>(&change)) end(ended->record.lease.attempt);
    if (const auto* batch = std::get_if<BatchInsert>(&change)) m_fresh[batch->batch] = batch->plan;
  }
  for (const Change& change : actions.changes) {
    if (const auto* given = std::get_if<LeaseInsert>(&change)) {
      give(given->lease, now);
      renew(given->lease.attempt, given->lease.host, term, now);
    }
  }
}

void LeaseChecker::give(const Lease& lease, Instant now) {
  const BatchPlan* plan = planOf(lease.task.batch);
  if (plan == nullptr) return m_complaints.add(text(lease.attempt) + " is of no batch");
  std::uint32_t running = 0;
  for (const AttemptId other : m_byTask[lease.task]) running += m_live.at(other).ends > now ? 1 : 0;
  if (running >= plan->policy.quorum + kSpareCopies)
    m_complaints.add(text(lease.attempt) + " is one copy too many of its task: " + std::to_string(running) + " run");
  const auto first = m_byTask.lower_bound({lease.task.batch, 0});
  const auto last = m_byTask.lower_bound({{lease.task.batch.value + 1}, 0});
  std::uint64_t atOnce = 0;
  if (plan->policy.atOnce != 0) {
    for (auto task = first; task != last; ++task) {
      for (const AttemptId other : task->second) atOnce += m_live.at(other).ends > now ? 1 : 0;
    }
    if (atOnce >= plan->policy.atOnce)
      m_complaints.add(text(lease.attempt) + " is more than its batch may have at once");
  }
  Live live{lease.task, lease.host, {}, {}, now + plan->policy.deadline};
  m_byTask[lease.task].insert(lease.attempt);
  arm(lease.attempt, m_live[lease.attempt] = live, live.deadline);
}

void LeaseChecker::renew(AttemptId attempt, HostId host, Duration term, Instant now) {
  const auto position = m_live.find(attempt);
  if (position == m_live.end() || position->second.host != host) return;
  position->second.ends = std::min(now + term, position->second.deadline);
  arm(attempt, position->second, position->second.ends);
}

void LeaseChecker::arm(AttemptId attempt, Live& live, Instant timer) {
  m_timers.erase({live.timer, attempt});
  live.timer = timer;
  m_timers.emplace(timer, attempt);
}

void LeaseChecker::end(AttemptId attempt) {
  const auto position = m_live.find(attempt);
  if (position == m_live.end()) return;
  m_timers.erase({position->second.timer, attempt});
  const auto task = m_byTask.find(position->second.task);
  task->second.erase(attempt);
  if (task->second.empty()) m_byTask.erase(task);
  m_live.erase(position);
}

void LeaseChecker::checkTimer(Instant nextTick, Instant now) {
  while (!m_timers.empty() && m_timers.begin()->first <= now) {
    const AttemptId attempt = m_timers.begin()->second;
    Live& live = m_live.at(attempt);
    if (live.timer == live.deadline) break;  // due for good: a tick will end it
    arm(attempt, live, live.deadline);       // lapsed, or about to be ended by a tick
  }
  if (m_timers.empty() || nextTick <= m_timers.begin()->first) return;
  m_complaints.add(text(m_timers.begin()->second) + " has no timer: the next tick comes too late");
}

void LeaseChecker::rebuilt(Instant now) {
  m_live.clear();
  m_byTask.clear();
  m_timers.clear();
  m_fresh.clear();
  for (const AttemptId attempt : m_ledger.live()) {
    const Lease& lease = m_ledger.attempt(attempt)->lease;
    const LedgerBatch* batch = m_ledger.batch(lease.task.batch);
    Live live{lease.task, lease.host, {}, {}, std::max(now, lease.leased + batch->plan.policy.deadline)};
    if (batch->over()) live.deadline = now + m_options.leaseTerm;
    live.ends = std::min(now + m_options.leaseTerm, live.deadline);
    m_byTask[lease.task].insert(attempt);
    arm(attempt, m_live[attempt] = live, live.ends);
  }
}

}  // namespace hearth::sim
