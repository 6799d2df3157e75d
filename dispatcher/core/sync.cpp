// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts' calls: enrolment, revocation, sync.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

wire::ResultAck ack(AttemptId attempt, wire::AckVerdict verdict, std::string reason = {}) {
  return {attempt, verdict, std::move(reason), {}};
}

std::string attemptText(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }

}  // namespace

Result<void> Dispatcher::Impl::joinTokenGood(const Digest& secretHash, Instant now) const {
  const auto position = m_joinTokens.find(secretHash);
  if (position == m_joinTokens.end()) {
    return fail(ErrorCode::kUnauthorized, "this join token is not known here",
                "ask for a new join link, and paste it whole");
  }
  const JoinToken& token = position->second;
  if (token.expires <= now) {
    return fail(ErrorCode::kUnauthorized, "this join token has expired", "ask for a new join link");
  }
  if (token.usesLeft == 0) {
    return fail(ErrorCode::kUnauthorized, "this join token has been used up", "ask for a new join link");
  }
  if (token.group && m_groups.find(token.group) == nullptr) {
    return fail(ErrorCode::kUnauthorized, "the group that this join token is for is gone", "ask for a new join link");
  }
  return {};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const EnrolHost& event) {
  if (const auto known = m_hostsByKey.find(event.key); known != m_hostsByKey.end()) {
    const HostEntry& host = *findHost(known->second);
    if (host.host.revoked) {
      return fail(ErrorCode::kForbidden, "this key belongs to a host that was revoked",
                  "make a new key: leave the project and join again");
    }
    return HostEnrolled{host.host.id, host.host.account};
  }
  HEARTH_TRY(joinTokenGood(event.tokenHash, m_now));
  JoinToken& token = m_joinTokens.at(event.tokenHash);
  --token.usesLeft;
  write(JoinTokenPut{token});
  const HostId id{m_counters.hosts++};
  writeCounters();
  const HostEntry& host = addHost({id, token.account, event.key, event.description, m_now, false, token.group});
  write(HostPut{host.host});
  return HostEnrolled{id, token.account};
}

HostEntry& Dispatcher::Impl::addHost(Host row) {
  auto entry = std::make_unique<HostEntry>();
  entry->host = std::move(row);
  const Host& host = entry->host;
  entry->model.setClaim(host.description.speed);
  m_megaflops += host.description.processors * entry->model.claim();
  m_hostOrder.push_back(entry.get());
  m_hostsByKey.emplace(host.key, host.id);
  return *m_hosts.emplace(host.id, std::move(entry)).first->second;
}

HostEntry* Dispatcher::Impl::findHost(HostId id) {
  const auto position = m_hosts.find(id);
  return position == m_hosts.end() ? nullptr : position->second.get();
}

const HostEntry* Dispatcher::Impl::findHost(HostId id) const {
  const auto position = m_hosts.find(id);
  return position == m_hosts.end() ? nullptr : position->second.get();
}

void HostEntry::hold(AttemptId attempt) {
  attempts.insert(std::upper_bound(attempts.begin(), attempts.end(), attempt), attempt);
}

void HostEntry::release(AttemptId attempt) {
  const auto position = std::lower_bound(attempts.begin(), attempts.end(), attempt);
  HEARTH_CHECK(position != attempts.end() && *position == attempt, "a host knows what it holds");
  attempts.erase(position);
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const RevokeHost& event) {
  HostEntry* host = findHost(event.host);
  if (host == nullptr) {
    return fail(ErrorCode::kNotFound, "there is no host " + std::to_string(event.host.value),
                "list them with: hearth hosts");
  }
  host->host.revoked = true;
  write(HostPut{host->host});
  endAttemptsOf(*host);
  return Done{};
}

void Dispatcher::Impl::endAttemptsOf(HostEntry& host) {
  const std::vector<AttemptId> attempts = host.attempts;  // at most limits::kHostAttempts
  for (const AttemptId attempt : attempts) {
    // Ending one attempt may abort others of its task, never another of this host: a host has one attempt of a task at
    // a time.
    endAttempt(attempt, AttemptState::kAborted, {});
  }
}

Result<HostEntry*> Dispatcher::Impl::admit(HostId id, const Digest& key) {
  HEARTH_TRY(admitted(id, key));
  return findHost(id);
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const SyncHost& event) {
  const Result<HostEntry*> known = admit(event.host, event.key);
  if (!known) return fail(known.error());
  HostEntry& host = **known;
  const wire::SyncRequest& request = event.request;
  HEARTH_CHECK(event.missing.size() == request.results.size(),
               "the caller says for each result which blobs are missing");
  if (request.description && *request.description != host.host.description) {
    m_megaflops -= host.host.description.processors * host.model.claim();
    host.host.description = *request.description;
    host.model.setClaim(host.host.description.speed);
    m_megaflops += host.host.description.processors * host.model.claim();
    write(HostPut{host.host});
  }
  host.model.seen(m_now, term());
  m_actions.changes.reserve(request.results.size() + std::min<std::size_t>(request.free.tasks, limits::kSyncAttempts) +
                            4);

  std::optional<WorkQueue::Search> search;
  if (request.free.tasks > 0) {
    search.emplace(m_queue, Offer(host.host.description, request.free, m_groups.homeOf(host.host.group)));
    if (const QueuedBatch* next = search->likely()) next->entry->prefetch();
  }
  SyncOutcome outcome;
  for (std::size_t i = 0; i < request.results.size(); ++i) {
    outcome.acks.push_back(takeResult(host, request.results[i], event.missing[i]));
  }
  takeCheckpoints(host, request);
  reconcile(host, request, outcome);
  for (BatchEntry* batch : m_touched) offer(*batch);  // what came back may have made work
  const bool willing = request.free.tasks > 0 || host.attempts.size() >= host.host.description.processors;
  if (host.willing && !willing) ++m_departures;
  host.willing = willing;
  if (search) {
    Room room = roomOf(host, request);
    if (m_queue.isHome(host.host.group)) {  // the group's own batches come first, guests' after them
      Offer offer(host.host.description, request.free, m_groups.homeOf(host.host.group));
      offer.homeOnly = true;
      WorkQueue::Search home(m_queue, offer);
      assign(host, home, room, outcome);
    }
    assign(host, *search, room, outcome);
  }
  const SyncInterval idle{m_options.syncWhenIdle, m_options.longestSync, m_options.idleSyncsPerSecond};
  const Duration interval = host.attempts.empty() ? idle.of(m_hosts.size() - m_busyHosts) : busyInterval();
  outcome.nextSync = spread(interval, host.host.id, ++host.calls);
  host.expected = m_now + outcome.nextSync;
  return outcome;
}

Duration Dispatcher::Impl::busyInterval() const {
  return SyncInterval{m_options.syncWhenBusy, m_options.longestSync, m_options.heartbeatsPerSecond}.of(m_busyHosts);
}

/// Of a lease: a host may miss two heartbeats.
Duration Dispatcher::Impl::term() const { return std::max(m_options.leaseTerm, busyInterval() * 3); }

wire::ResultAck Dispatcher::Impl::takeResult(HostEntry& host, const wire::ReturnedResult& result,
                                             const std::vector<Digest>& missing) {
  const auto position = m_leases.find(result.attempt);
  if (position == m_leases.end()) return takeLateResult(host, result);
  const Lease& lease = position->second.lease;
  if (lease.host != host.host.id || lease.task != result.task || lease.revision != result.revision) {
    return ack(result.attempt, wire::AckVerdict::kRefused,
               attemptText(result.attempt) + " is not held by this host for that task");
  }
  if (findBatch(lease.task.batch) == nullptr) {
    endAttempt(result.attempt, AttemptState::kAborted, {});
    return ack(result.attempt, wire::AckVerdict::kNotWanted, "its batch is over");
  }
  if (!missing.empty()) {
    wire::ResultAck answer =
        ack(result.attempt, wire::AckVerdict::kBlobsMissing, "upload these blobs, then return the result again");
    answer.missing = missing;
    return answer;
  }
  ++m_totals.resultsReturned;
  endAttempt(result.attempt, result.report.exit == ExitKind::kOk ? AttemptState::kReturned : AttemptState::kError,
             result.report);
  return ack(result.attempt, wire::AckVerdict::kAccepted);
}

void Dispatcher::Impl::takeCheckpoints(const HostEntry& host, const wire::SyncRequest& request) {
  for (const wire::WrittenCheckpoint& written : request.checkpoints) {
    const auto position = m_leases.find(written.attempt);
    if (position == m_leases.end() || position->second.lease.host != host.host.id) continue;
    const TaskId task = position->second.lease.task;
    if (findBatch(task.batch) == nullptr || m_checkpoints.passedOn(task, written.attempt)) continue;
    if (m_checkpoints.of(task, written.attempt) == written.checkpoint) continue;
    m_checkpoints.put(task, written.attempt, written.checkpoint);
  }
}

wire::ResultAck Dispatcher::Impl::takeLateResult(HostEntry& host, const wire::ReturnedResult& result) {
  if (result.attempt.value == 0 || result.attempt.value >= m_counters.attempts) {
    return ack(result.attempt, wire::AckVerdict::kRefused, attemptText(result.attempt) + " was never given out");
  }
  BatchEntry* batch = findBatch(result.task.batch);
  const auto position = batch == nullptr ? decltype(batch->tasks.begin()){} : batch->tasks.find(result.task.index);
  if (batch == nullptr || position == batch->tasks.end()) {
    return ack(result.attempt, wire::AckVerdict::kNotWanted,
               "the task was decided already, or this host never held it");
  }
  AttemptEntry* attempt = position->second.find(result.attempt);
  if (attempt == nullptr || attempt->host != host.host.id) {
    return ack(result.attempt, wire::AckVerdict::kRefused,
               attemptText(result.attempt) + " is not held by this host for that task");
  }
  if (attempt->state != AttemptState::kExpired || result.report.exit != ExitKind::kOk) {
    return ack(result.attempt, wire::AckVerdict::kNotWanted, "it was returned or ended before");
  }
  if (batch->plan.policy.quorum > 1 && m_checkpoints.passedOn(result.task, result.attempt)) {
    return ack(result.attempt, wire::AckVerdict::kNotWanted, "another host went on from its checkpoint");
  }
  const auto& all = position->second.attempts;
  const bool countsAlready = std::any_of(all.begin(), all.end(), [&](const AttemptEntry& other) {
    return other.host == host.host.id &&
           (other.state == AttemptState::kLeased || other.state == AttemptState::kReturned);
  });
  if (countsAlready) {
    return ack(result.attempt, wire::AckVerdict::kNotWanted, "a later attempt of this host counts for the task");
  }
  HEARTH_CHECK(isLegal(attempt->state, AttemptState::kReturned), "a late return revives an expired attempt");
  attempt->state = AttemptState::kReturned;
  attempt->outcome = position->second.outcomeOf(result.report);
  ++m_totals.resultsReturned;
  const Lease lease{attempt->id, result.task, position->second.revision, attempt->host, attempt->leased};
  write(AttemptRevive{{lease, AttemptState::kReturned, m_now, result.report}});
  settle(*batch, result.task.index, std::nullopt, {});
  return ack(result.attempt, wire::AckVerdict::kAccepted);
}

bool Dispatcher::Impl::renew(HostEntry& host, AttemptId id) {
  const auto position = m_leases.find(id);
  if (position == m_leases.end() || position->second.lease.host != host.host.id) return false;
  LeaseEntry& entry = position->second;
  BatchEntry* batch = findBatch(entry.lease.task.batch);
  if (batch == nullptr) {
    endAttempt(id, AttemptState::kAborted, {});
    return false;
  }
  if (entry.lapsed) {
    TaskEntry& task = batch->tasks.at(entry.lease.task.index);
    if (task.running() >= mostCopies(batch->plan.policy)) {
      endAttempt(id, AttemptState::kAborted, {});
      return false;
    }
    entry.lapsed = false;
    task.find(id)->lapsed = false;
    --m_lapsed;
    countLive(*batch, 1);
    queueAgain(*batch, entry.lease.task.index, task);
    tell(*batch);
  }
  m_timers.cancel(entry.timer);
  arm(entry, std::min(m_now + term(), deadlineOf(entry.lease, *batch)));
  return true;
}

SyncOutcome::Assigned Dispatcher::Impl::assignmentOf(const Lease& lease, const BatchEntry& batch) const {
  const Duration deadline = deadlineOf(lease, batch) - m_now;
  return {lease, std::min(term(), deadline), deadline, checkpointOf(lease)};
}

void Dispatcher::Impl::reconcile(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome) {
  std::vector<AttemptId> known;
  known.reserve(request.results.size() + request.held.size());
  for (const wire::ReturnedResult& result : request.results) known.push_back(result.attempt);
  for (const AttemptId attempt : request.held) {
    known.push_back(attempt);
    if (!renew(host, attempt))
      outcome.aborts.push_back({attempt, "its task was decided, its batch is over, or the lease ended"});
  }
  std::sort(known.begin(), known.end());
  const std::vector<AttemptId> attempts = host.attempts;
  for (const AttemptId attempt : attempts) {
    if (std::binary_search(known.begin(), known.end(), attempt) || !renew(host, attempt)) continue;
    // The reply that gave it was lost: give it again.
    const Lease& lease = m_leases.at(attempt).lease;
    outcome.assigned.push_back(assignmentOf(lease, *findBatch(lease.task.batch)));
  }
}

}  // namespace hearth::core
