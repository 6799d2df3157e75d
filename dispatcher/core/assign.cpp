// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a task is given to.
#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

/// Tasks of `again` that one request looks at: those beyond wait for a host that may take the first ones.
constexpr int kAgainLooks = 32;

}  // namespace

Dispatcher::Impl::Room Dispatcher::Impl::roomOf(const HostEntry& host, const wire::SyncRequest& request) const {
  const auto most = host.health.allowed(static_cast<std::uint32_t>(limits::kHostAttempts), m_now);
  const std::size_t room = most - std::min<std::size_t>(most, host.attempts.size());
  // What a host says is free is what one more task may use, but for the disk: that fills up task by task.
  return {std::min({std::size_t{request.free.tasks}, room, limits::kSyncAttempts}),
          std::min(request.free.diskBytes, host.host.description.diskBytes)};
}

void Dispatcher::Impl::assign(HostEntry& host, WorkQueue::Search& search, Room& room, SyncOutcome& outcome) {
  if (room.tasks == 0) return;
  for (QueuedBatch* best = search.next(); best != nullptr; best = search.next()) {
    BatchEntry& batch = *best->entry;
    const std::uint64_t needs = batch.plan.requirements.diskBytes;
    const std::optional<Lease> given = needs <= room.disk ? leaseFrom(batch, host) : std::nullopt;
    if (!given) {
      search.pass(*best);
      continue;
    }
    outcome.assigned.push_back(assignmentOf(*given, batch));
    m_queue.charge(batch.queued, batch.plan.requirements.processors);
    offer(batch);
    room.disk -= needs;
    if (--room.tasks == 0) return;
  }
}

bool Dispatcher::Impl::mayTry(const BatchEntry& batch, TaskIndex index, const TaskEntry& task,
                              const HostEntry& host) const {
  for (const AttemptEntry& attempt : task.attempts) {
    const bool counts = attempt.state == AttemptState::kLeased || attempt.state == AttemptState::kReturned;
    if (attempt.host == host.host.id) {
      // Its share in the attempt that went on from its checkpoint is opinion enough.
      if (batch.plan.policy.quorum > 1 && m_checkpoints.passedOn({batch.id, index}, attempt.id)) return false;
      if (counts || m_now - attempt.ended < m_options.retrySameHostAfter) return false;
    } else if (counts && batch.plan.policy.distinct == Distinct::kAccounts) {
      const HostEntry* other = findHost(attempt.host);
      if (other != nullptr && other->host.account == host.host.account) return false;
    }
  }
  return true;
}

const WaitingTask* Dispatcher::Impl::takeAgain(BatchEntry& batch, const HostEntry& host) const {
  const WaitingTask* position = batch.again.notBelow({batch.againRotor});
  for (int looks = 0; looks < kAgainLooks && static_cast<std::size_t>(looks) < batch.again.size(); ++looks) {
    if (position == nullptr) position = batch.again.first();
    if (mayTry(batch, position->index, *position->entry, host)) return position;
    batch.againRotor = position->index + 1;
    position = batch.again.above(*position);
  }
  return nullptr;
}

std::optional<Lease> Dispatcher::Impl::leaseFrom(BatchEntry& batch, HostEntry& host) {
  if (!hasWork(batch)) return std::nullopt;
  if (!tooSlowFor(batch, host)) {
    if (const WaitingTask* waiting = takeAgain(batch, host)) return lease(batch, waiting->index, *waiting->entry, host);
    if (!batch.exhausted() && !batch.windowFull()) {
      const TaskIndex index = batch.progress.cursor++;
      return lease(batch, index, batch.tasks[index], host);
    }
  }
  if (const std::optional<TaskIndex> index = takeReplica(batch, host)) {
    ++m_totals.replicas;
    return lease(batch, *index, batch.tasks.at(*index), host);
  }
  return std::nullopt;
}

Lease Dispatcher::Impl::lease(BatchEntry& batch, TaskIndex index, TaskEntry& task, HostEntry& host) {
  if (batch.progress.state == BatchState::kOpen) setState(batch, BatchState::kRunning, "");
  const Lease lease{newAttempt(), {batch.id, index}, task.revision, host.host.id, m_now};
  AttemptEntry& attempt = task.attempts.emplace_back();
  attempt.id = lease.attempt;
  attempt.host = lease.host;
  attempt.leased = m_now;

  // What it holds already is done first.
  const std::uint32_t slots =
      std::max(1U, host.host.description.processors / std::max(1U, batch.plan.requirements.processors));
  const bool waits = host.attempts.size() >= slots && host.busyUntil > m_now;
  const Duration queued = waits ? host.busyUntil - m_now : Duration{};
  const Duration whole = host.model.runTime(batch.application, workOf(batch));
  host.busyUntil = std::max(host.busyUntil, m_now + (waits ? queued + whole / slots : whole));

  LeaseEntry& entry = m_leases[lease.attempt];
  entry.lease = lease;
  entry.queuedSeconds = static_cast<float>(queued.inSeconds());
  entry.presentSeconds = static_cast<float>(host.model.present(m_now).inSeconds());
  arm(entry, std::min(m_now + term(), deadlineOf(lease, batch)));
  host.hold(lease.attempt);
  if (host.attempts.size() == 1) ++m_busyHosts;
  countLive(batch, 1);
  batch.lastLease = m_now;
  ++m_totals.leasesGiven;
  write(LeaseInsert{lease});
  if (!m_checkpoints.empty()) resume(batch, index, task, lease.attempt);

  // A replicated task goes on wanting hosts until its quorum is under way.
  queueAgain(batch, index, task);
  if (batch.retryFrom) loadMoreRetries(batch);
  touch(batch);
  return lease;
}

void Dispatcher::Impl::resume(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId attempt) {
  const TaskId id{batch.id, index};
  const auto mayGiveUp = [&](AttemptId earlier) {
    const AttemptEntry* entry = task.find(earlier);
    if (entry == nullptr) return false;
    const HostEntry* host = findHost(entry->host);
    if (host == nullptr || host->host.revoked) return false;
    // One that may still come back shares its past with the new one: only where no second opinion is asked for.
    if (entry->state == AttemptState::kLeased) return entry->lapsed && batch.plan.policy.quorum == 1;
    return entry->state != AttemptState::kReturned;
  };
  if (const std::optional<AttemptId> earlier = m_checkpoints.find(id, mayGiveUp)) {
    m_checkpoints.passOn(id, *earlier, attempt);
  }
}

}  // namespace hearth::core
