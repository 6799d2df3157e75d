// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a task: leased, returned, certified or failed.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

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

void Dispatcher::Impl::forgetLease(AttemptId id) {
  const auto position = m_leases.find(id);
  HEARTH_CHECK(position != m_leases.end(), "only a live attempt can end");
  const LeaseEntry& entry = position->second;
  if (HostEntry* host = findHost(entry.lease.host)) {
    host->release(id);
    if (host->attempts.empty()) {
      --m_busyHosts;
      host->busyUntil = m_now;
    }
  }
  if (entry.lapsed) {
    --m_lapsed;
  } else if (BatchEntry* batch = findBatch(entry.lease.task.batch)) {
    countLive(*batch, -1);
  }
  m_timers.cancel(entry.timer);
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
  TaskEntry& task = batch->tasks.at(lease.task.index);
  AttemptEntry* attempt = task.find(id);
  HEARTH_CHECK(attempt != nullptr, "a live attempt belongs to an active task");
  move(*attempt, state);
  attempt->ended = m_now;
  attempt->lapsed = false;
  attempt->fault = faultOf(state, report);
  countFor(findHost(lease.host), *batch, *attempt, report);
  if (state == AttemptState::kReturned) {
    // A single result decides a task of quorum 1, whatever it is.
    if (batch->plan.policy.quorum > 1) attempt->outcome = task.outcomeOf(report);
  } else if (state != AttemptState::kAborted) {
    ++task.failures;
    unqueue(*batch, lease.task.index, task);  // it stands there under the end of its last rest
    if (attempt->fault == Fault::kTask) m_checkpoints.discard(lease.task, id);
    if (attempt->fault != Fault::kHost) task.restsUntil = m_now + restAfter(task.faultsOfItsOwn());
  }
  settle(*batch, lease.task.index, std::move(record), report.reason);
}

/// What the end of an attempt says of its host and of its batch.
void Dispatcher::Impl::countFor(HostEntry* host, BatchEntry& batch, const AttemptEntry& attempt,
                                const ResultReport& report) {
  if (attempt.state == AttemptState::kAborted) return;
  const bool good = attempt.fault == Fault::kNone;
  ++(good ? batch.attemptsGood : batch.attemptsBad);
  if (host == nullptr) return;
  if (good) {
    host->health.good();
    const Duration took = report.usage.processor > Duration{}
                              ? report.usage.processor / std::max(1U, batch.plan.requirements.processors)
                              : report.usage.wall;
    host->model.learn(batch.application, took, batch.work);
    if (batch.work.results > 0) m_applicationWork[batch.application] = batch.work;
  } else if (attempt.fault == Fault::kHost ||
             (attempt.fault == Fault::kTask && batch.attemptsGood > batch.attemptsBad)) {
    // A program that runs well elsewhere failed here.
    host->health.strike(m_now);
  }
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
  queueAgain(batch, index, task);
  writeActive(batch, index, task);
}

void Dispatcher::Impl::unqueue(BatchEntry& batch, TaskIndex index, TaskEntry& task) {
  batch.again.erase({index, &task});
  if (m_resting.erase({task.restsUntil, {batch.id, index}}) > 0) --batch.resting;
}

void Dispatcher::Impl::queueAgain(BatchEntry& batch, TaskIndex index, TaskEntry& task) {
  const bool wanted = certify(task, batch.plan.policy).wanted > 0;
  if (wanted && task.restsUntil > m_now) {
    batch.again.erase({index, &task});
    if (m_resting.insert({task.restsUntil, {batch.id, index}}).second) ++batch.resting;
  } else if (wanted) {
    batch.again.insert({index, &task});
  } else {
    unqueue(batch, index, task);
  }
  indexFinish(batch, index, task);
}

void Dispatcher::Impl::writeActive(const BatchEntry& batch, TaskIndex index, const TaskEntry& task) {
  write(TaskPut{{batch.id, index}, TaskState::kActive, task.revision, task.failures, {}, {}});
}

void Dispatcher::Impl::writeCertified(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId canonical,
                                      std::optional<AttemptRecord> fresh) {
  HEARTH_CHECK(isLegal(TaskState::kActive, TaskState::kCertified), "task transition");
  const bool kept = hasRow(task, fresh);
  const std::uint32_t outcome = task.find(canonical)->outcome;
  for (AttemptEntry& attempt : task.attempts) {
    if (attempt.state != AttemptState::kReturned) continue;
    const bool agrees = attempt.outcome == outcome;
    move(attempt, agrees ? AttemptState::kValid : AttemptState::kInvalid);
    if (HostEntry* host = agrees ? nullptr : findHost(attempt.host)) host->health.strike(m_now);
    if (fresh && fresh->lease.attempt == attempt.id) {
      fresh->state = attempt.state;
      write(AttemptEnd{std::move(*fresh)});
    } else {
      write(AttemptVerdict{{batch.id, index}, attempt.id, attempt.state});
    }
  }
  abortRest(task);
  // Most tasks are certified by the first attempt that ends: their valid record says it all, and they never have a row.
  if (kept) write(TaskPut{{batch.id, index}, TaskState::kCertified, task.revision, task.failures, canonical, {}});
  ++batch.progress.certified;
  ++m_totals.tasksCertified;
  eraseTask(batch, index, task);
}

void Dispatcher::Impl::eraseTask(BatchEntry& batch, TaskIndex index, TaskEntry& task) {
  unqueue(batch, index, task);
  unindex(batch, index, task);
  if (!m_checkpoints.empty()) m_checkpoints.drop({batch.id, index});
  batch.tasks.erase(index);
}

void Dispatcher::Impl::writeFailed(BatchEntry& batch, TaskIndex index, TaskEntry& task, const std::string& reason) {
  HEARTH_CHECK(isLegal(TaskState::kActive, TaskState::kFailed), "task transition");
  const auto returned = std::count_if(task.attempts.begin(), task.attempts.end(), [](const AttemptEntry& attempt) {
    return attempt.state == AttemptState::kReturned;
  });
  const auto lost = std::count_if(task.attempts.begin(), task.attempts.end(), [](const AttemptEntry& attempt) {
    return attempt.fault == Fault::kHost || attempt.fault == Fault::kOurs;
  });
  std::string why = reason;
  if (returned > 1) {
    why = "no " + std::to_string(batch.plan.policy.quorum) + " of " + std::to_string(returned) + " results agree";
  } else if (lost >= kLostAttempts) {
    why = std::to_string(lost) + " hosts vanished or failed while they ran it; the last one: " + reason;
  }
  write(TaskPut{{batch.id, index}, TaskState::kFailed, task.revision, task.failures, {}, why});
  abortRest(task);  // those whose hosts have been silent
  ++batch.progress.failed;
  ++m_totals.tasksFailed;
  eraseTask(batch, index, task);
  pauseIfHopeless(batch, why);
}

void Dispatcher::Impl::pauseIfHopeless(BatchEntry& batch, const std::string& why) {
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

void Dispatcher::Impl::abortRest(TaskEntry& task) {
  for (AttemptEntry& attempt : task.attempts) {
    if (attempt.state != AttemptState::kLeased) continue;
    AttemptRecord record{m_leases.at(attempt.id).lease, AttemptState::kAborted, m_now, {}};
    forgetLease(attempt.id);
    move(attempt, AttemptState::kAborted);
    attempt.lapsed = false;
    write(AttemptEnd{std::move(record)});
  }
}

}  // namespace hearth::core
