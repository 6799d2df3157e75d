// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/dispatcher.h"

#include <utility>

#include "base/check.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {

Dispatcher::Dispatcher(DispatcherOptions options) : m_impl(std::make_unique<Impl>(options)) {}
Dispatcher::Dispatcher(DispatcherOptions options, Snapshot snapshot, Instant now)
    : m_impl(std::make_unique<Impl>(options)) {
  m_impl->restore(std::move(snapshot), now);
}
Dispatcher::~Dispatcher() = default;
Dispatcher::Dispatcher(Dispatcher&&) noexcept = default;
Dispatcher& Dispatcher::operator=(Dispatcher&&) noexcept = default;

Actions Dispatcher::handle(const Event& event, Instant now) { return m_impl->handle(event, now); }
Instant Dispatcher::nextTick() const { return m_impl->nextTick(); }
Result<Lease> Dispatcher::leaseHeldBy(AttemptId attempt, HostId host, const Digest& key) const {
  return m_impl->leaseHeldBy(attempt, host, key);
}
Checkpoint Dispatcher::checkpointOf(const Lease& lease) const { return m_impl->checkpointOf(lease); }
std::unordered_set<Digest> Dispatcher::checkpointDigests() const { return m_impl->checkpointDigests(); }
Result<Host> Dispatcher::hostWithKey(HostId host, const Digest& key) const { return m_impl->hostWithKey(host, key); }
Result<void> Dispatcher::joinTokenGood(const Digest& secretHash, Instant now) const {
  return m_impl->joinTokenGood(secretHash, now);
}
DispatcherStats Dispatcher::stats() const { return m_impl->stats(); }
std::uint64_t Dispatcher::durableHash() const { return m_impl->durableHash(); }

Actions Dispatcher::Impl::handle(const Event& event, Instant now) {
  m_now = now;
  m_actions = {};
  Body body = std::visit([this](const auto& what) { return on(what); }, event.what);
  for (BatchEntry* batch : m_touched) {
    endIfDone(*batch);
    if (std::exchange(batch->changed, false)) write(batch->progress);
    batch->told = false;
    m_actions.notices.push_back({batch->progress, batch->live, batch->plan.tasks});
    if (batch->progress.state == BatchState::kDone || batch->progress.state == BatchState::kCancelled) {
      drop(*batch);
    } else {
      offer(*batch);
    }
  }
  m_touched.clear();
  if (!m_groupsWithRoom.empty()) offerGroupsWithRoom();
  m_actions.more = m_actions.more || !m_dropped.empty() || m_checkpoints.hasEnded();
  if (event.request != 0) m_actions.replies.push_back({event.request, std::move(body)});
  return std::move(m_actions);
}

AttemptId Dispatcher::Impl::newAttempt() {
  // One write claims a block of ids; those that are left of it after a restart are skipped, never reused.
  constexpr std::uint64_t kBlock = 65'536;
  if (m_counters.attempts >= m_attemptsClaimed) {
    m_attemptsClaimed = m_counters.attempts + kBlock;
    writeCounters();
  }
  return AttemptId{m_counters.attempts++};
}

Result<const HostEntry*> Dispatcher::Impl::admitted(HostId id, const Digest& key) const {
  const HostEntry* host = findHost(id);
  if (host == nullptr || host->host.key != key) {
    return fail(ErrorCode::kUnauthorized,
                "this project does not know a host " + std::to_string(id.value) + " with this key",
                "join again with a new join link: hearth-agent join LINK");
  }
  if (host->host.revoked) {
    return fail(ErrorCode::kForbidden, "host " + std::to_string(id.value) + " was revoked by its owner or an operator",
                "ask the project's operators; to come back, join again with a new key");
  }
  return host;
}

Result<Host> Dispatcher::Impl::hostWithKey(HostId id, const Digest& key) const {
  const Result<const HostEntry*> host = admitted(id, key);
  if (!host) return fail(host.error());
  return (*host)->host;
}

Result<Lease> Dispatcher::Impl::leaseHeldBy(AttemptId attempt, HostId host, const Digest& key) const {
  HEARTH_TRY(admitted(host, key));
  const auto position = m_leases.find(attempt);
  if (position == m_leases.end() || position->second.lease.host != host) {
    return fail(ErrorCode::kNotFound, "this host does not hold attempt " + std::to_string(attempt.value),
                "sync first: the attempt may have expired or been aborted");
  }
  return position->second.lease;
}

std::unordered_set<Digest> Dispatcher::Impl::checkpointDigests() const {
  std::unordered_set<Digest> digests;
  m_checkpoints.each([&](const CheckpointPut& row) { digests.insert(row.checkpoint.digest); });
  return digests;
}

DispatcherStats Dispatcher::Impl::stats() const {
  DispatcherStats stats = m_totals;
  stats.hosts = m_hosts.size();
  stats.openBatches = m_batches.size();
  stats.liveAttempts = m_leases.size() - m_lapsed;
  stats.lapsedAttempts = m_lapsed;
  stats.requirementClasses = m_queue.classes();
  for (const auto& [id, batch] : m_batches) stats.tasksWaitingAgain += batch->again.size() + batch->resting;
  return stats;
}

}  // namespace hearth::core
