// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a task: leased, returned, certified or failed.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

/// Tasks of `again` that one request looks at: those beyond wait for a host that may take the first ones.
constexpr int kAgainLooks = 32;

/// Whether the store keeps a row of this task, of whose attempts `fresh` is the first to end, if it is so.
bool hasRow(const TaskEntry& task, const std::optional<AttemptRecord>& fresh) {
  if (task.revision > 0 || !fresh) return true;
  return std::any_of(task.attempts.begin(), task.attempts.end(), [&](const AttemptEntry& attempt) {
    return attempt.state != AttemptState::kLeased && attempt.id != fresh->lease.attempt;
  });
}

void move(AttemptEntry& attempt, AttemptState to) {
  HEARTH_CHECK(isLegal(attempt.state, to), "attempt transition");
  attempt.state = to;
}

}  // namespace

bool Dispatcher::Impl::mayTry(const TaskEntry& task, HostId host) const {
  for (const AttemptEntry& attempt : task.attempts) {
    if (attempt.host != host) continue;
    if (attempt.state == AttemptState::kLeased || attempt.state == AttemptState::kReturned) return false;
    if (m_now - attempt.ended < m_options.retrySameHostAfter) return false;
  }
  return true;
}

std::optional<TaskIndex> Dispatcher::Impl::takeAgain(BatchEntry& batch, const HostEntry& host) {
  auto position = batch.again.lower_bound(batch.againRotor);
  for (int looks = 0; looks < kAgainLooks && static_cast<std::size_t>(looks) < batch.again.size();
       ++looks, ++position) {
    if (position == batch.again.end()) position = batch.again.begin();
    const TaskIndex index = *position;
    if (mayTry(batch.tasks.at(index), host.host.id)) return index;
    batch.againRotor = index + 1;
  }
  return std::nullopt;
}

std::optional<Lease> Dispatcher::Impl::leaseFrom(BatchEntry& batch, HostEntry& host) {
  if (!hasWork(batch)) return std::nullopt;
  if (const std::optional<TaskIndex> index = takeAgain(batch, host)) return lease(batch, *index, host);
  if (batch.exhausted() || batch.again.size() >= limits::kRetryWindow) return std::nullopt;
  return lease(batch, batch.progress.cursor++, host);
}

Lease Dispatcher::Impl::lease(BatchEntry& batch, TaskIndex index, HostEntry& host) {
  if (batch.progress.state == BatchState::kOpen) setState(batch, BatchState::kRunning, "");
  TaskEntry& task = batch.tasks[index];
  const Lease lease{newAttempt(), {batch.id, index}, task.revision, host.host.id, m_now};
  task.attempts.push_back({lease.attempt, lease.host, m_now, {}, AttemptState::kLeased, {}});
  const Instant deadline = m_now + batch.plan.policy.deadline;
  const Instant expires = std::min(m_now + m_options.leaseTerm, deadline);
  m_leases.emplace(lease.attempt, LeaseEntry{lease, expires, deadline});
  m_timers.add(expires, lease.attempt);
  host.attempts.insert(lease.attempt);
  ++batch.live;
  ++m_totals.leasesGiven;
  write(LeaseInsert{lease});

  // A replicated task goes on wanting hosts until its quorum is under way.
  if (certify(task, batch.plan.policy).wanted > 0) {
    batch.again.insert(index);
  } else {
    batch.again.erase(index);
  }
  if (batch.retryFrom) loadMoreRetries(batch);
  touch(batch);
  return lease;
}

void Dispatcher::Impl::forgetLease(AttemptId id) {
  const auto position = m_leases.find(id);
  HEARTH_CHECK(position != m_leases.end(), "only a live attempt can end");
  const LeaseEntry& entry = position->second;
  if (const auto host = m_hosts.find(entry.lease.host); host != m_hosts.end()) host->second.attempts.erase(id);
  m_timers.remove(entry.expires, id);
  m_leases.erase(position);
}

void Dispatcher::Impl::endAttempt(AttemptId id, AttemptState state, const ResultReport& report) {
  const Lease lease = m_leases.at(id).lease;
  forgetLease(id);
  AttemptRecord record{lease, state, m_now, report};
  BatchEntry* batch = findBatch(lease.task.batch);
  if (batch == nullptr) {  // its batch is over
    record.state = AttemptState::kAborted;
    write(AttemptEnd{std::move(record)});
    return;
  }
  HEARTH_CHECK(batch->live > 0, "live attempts are counted");
  --batch->live;
  TaskEntry& task = batch->tasks.at(lease.task.index);
  AttemptEntry* attempt = task.find(id);
  HEARTH_CHECK(attempt != nullptr, "a live attempt belongs to an active task");
  move(*attempt, state);
  attempt->ended = m_now;
  if (state == AttemptState::kReturned) {
    attempt->outcome = outcomeOf(report);
  } else if (state != AttemptState::kAborted) {
    ++task.failures;
  }
  settle(*batch, lease.task.index, std::move(record), report.reason);
}

void Dispatcher::Impl::settle(BatchEntry& batch, TaskIndex index, std::optional<AttemptRecord> fresh,
                              const std::string& reason) {
  TaskEntry& task = batch.tasks.at(index);
  const Certification verdict = certify(task, batch.plan.policy);
  touch(batch);
  if (verdict.kind == Certification::Kind::kCertified) {
    writeCertified(batch, index, task, verdict.canonical, std::move(fresh));
    return;
  }
  if (fresh) write(AttemptEnd{std::move(*fresh)});
  if (verdict.kind == Certification::Kind::kFailed) {
    writeFailed(batch, index, task, reason);
    return;
  }
  if (verdict.wanted > 0) {
    batch.again.insert(index);
  } else {
    batch.again.erase(index);
  }
  writeActive(batch, index, task);
}

void Dispatcher::Impl::writeActive(const BatchEntry& batch, TaskIndex index, const TaskEntry& task) {
  write(TaskPut{{batch.id, index}, TaskState::kActive, task.revision, task.failures, {}, {}});
}

void Dispatcher::Impl::writeCertified(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId canonical,
                                      std::optional<AttemptRecord> fresh) {
  HEARTH_CHECK(isLegal(TaskState::kActive, TaskState::kCertified), "task transition");
  const bool kept = hasRow(task, fresh);
  const std::string outcome = task.find(canonical)->outcome;
  for (AttemptEntry& attempt : task.attempts) {
    if (attempt.state != AttemptState::kReturned) continue;
    move(attempt, attempt.outcome == outcome ? AttemptState::kValid : AttemptState::kInvalid);
    if (fresh && fresh->lease.attempt == attempt.id) {
      fresh->state = attempt.state;
      write(AttemptEnd{std::move(*fresh)});
    } else {
      write(AttemptVerdict{{batch.id, index}, attempt.id, attempt.state});
    }
  }
  abortRest(batch, task);
  // Most tasks are certified by the first attempt that ends: their valid record says it all, and they never have a row.
  if (kept) write(TaskPut{{batch.id, index}, TaskState::kCertified, task.revision, task.failures, canonical, {}});
  ++batch.progress.certified;
  ++m_totals.tasksCertified;
  batch.again.erase(index);
  batch.tasks.erase(index);
}

void Dispatcher::Impl::writeFailed(BatchEntry& batch, TaskIndex index, const TaskEntry& task,
                                   const std::string& reason) {
  HEARTH_CHECK(isLegal(TaskState::kActive, TaskState::kFailed), "task transition");
  const auto returned = std::count_if(task.attempts.begin(), task.attempts.end(), [](const AttemptEntry& attempt) {
    return attempt.state == AttemptState::kReturned;
  });
  const std::string why = returned > 1 ? "no " + std::to_string(batch.plan.policy.quorum) + " of " +
                                             std::to_string(returned) + " results agree"
                                       : reason;
  write(TaskPut{{batch.id, index}, TaskState::kFailed, task.revision, task.failures, {}, why});
  ++batch.progress.failed;
  ++m_totals.tasksFailed;
  batch.again.erase(index);
  batch.tasks.erase(index);

  if (batch.progress.state != BatchState::kRunning) return;
  const std::uint64_t failures = batch.progress.failed - std::min(batch.progress.failed, batch.failuresForgiven);
  const std::uint64_t bound = batch.plan.policy.stopAfterFailures;
  if (bound != 0 && failures >= bound) {
    pause(batch, "stopped after " + std::to_string(failures) + " failed tasks; the last one: " + why);
  } else if (bound == 0 && batch.progress.certified == 0 && failures >= m_options.failsEverywhereAfter) {
    pause(batch,
          "its first " + std::to_string(failures) + " tasks failed on every host that tried; the last one: " + why);
  }
}

void Dispatcher::Impl::abortRest(BatchEntry& batch, TaskEntry& task) {
  for (AttemptEntry& attempt : task.attempts) {
    if (attempt.state != AttemptState::kLeased) continue;
    AttemptRecord record{m_leases.at(attempt.id).lease, AttemptState::kAborted, m_now, {}};
    forgetLease(attempt.id);
    move(attempt, AttemptState::kAborted);
    --batch.live;
    write(AttemptEnd{std::move(record)});
  }
}

}  // namespace hearth::core
