// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts' calls: enrolment, revocation, sync.
#include <algorithm>
#include <unordered_set>
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

Dispatcher::Impl::Body Dispatcher::Impl::on(const EnrolHost& event) {
  if (const auto known = m_hostsByKey.find(event.key); known != m_hostsByKey.end()) {
    HostEntry& host = m_hosts.at(known->second);
    if (host.host.revoked) {
      return fail(ErrorCode::kForbidden, "this key belongs to a host that was revoked",
                  "make a new key: leave the project and join again");
    }
    return HostEnrolled{host.host.id, host.host.account};
  }
  const auto position = m_joinTokens.find(event.tokenHash);
  if (position == m_joinTokens.end()) {
    return fail(ErrorCode::kUnauthorized, "this join token is not known here",
                "ask for a new join link, and paste it whole");
  }
  JoinToken& token = position->second;
  if (token.expires <= m_now) {
    return fail(ErrorCode::kUnauthorized, "this join token has expired", "ask for a new join link");
  }
  if (token.usesLeft == 0) {
    return fail(ErrorCode::kUnauthorized, "this join token has been used up", "ask for a new join link");
  }
  --token.usesLeft;
  write(JoinTokenPut{token});
  const HostId id{m_counters.hosts++};
  write(CountersPut{m_counters.batches, m_counters.hosts, m_attemptsClaimed});
  HostEntry& host = m_hosts[id];
  host.host = {id, token.account, event.key, event.description, m_now, false};
  m_hostsByKey.emplace(event.key, id);
  write(HostPut{host.host});
  return HostEnrolled{id, token.account};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const RevokeHost& event) {
  const auto position = m_hosts.find(event.host);
  if (position == m_hosts.end()) {
    return fail(ErrorCode::kNotFound, "there is no host " + std::to_string(event.host.value),
                "list them with: hearth hosts");
  }
  HostEntry& host = position->second;
  host.host.revoked = true;
  write(HostPut{host.host});
  endAttemptsOf(host);
  return Done{};
}

void Dispatcher::Impl::endAttemptsOf(HostEntry& host) {
  const std::set<AttemptId> attempts = host.attempts;  // at most limits::kHostAttempts
  for (const AttemptId attempt : attempts) {
    // Ending one attempt may abort others of its task, never another of this host: a host has one attempt of a task at
    // a time.
    endAttempt(attempt, AttemptState::kAborted, {});
  }
}

Result<HostEntry*> Dispatcher::Impl::admit(HostId id, const Digest& key) {
  HEARTH_TRY(hostWithKey(id, key));
  return &m_hosts.at(id);
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const SyncHost& event) {
  const Result<HostEntry*> admitted = admit(event.host, event.key);
  if (!admitted) return fail(admitted.error());
  HostEntry& host = **admitted;
  const wire::SyncRequest& request = event.request;
  HEARTH_CHECK(event.missing.size() == request.results.size(),
               "the caller says for each result which blobs are missing");
  if (request.description && *request.description != host.host.description) {
    host.host.description = *request.description;
    host.eligibility = {};
    write(HostPut{host.host});
  }

  SyncOutcome outcome;
  for (std::size_t i = 0; i < request.results.size(); ++i) {
    outcome.acks.push_back(takeResult(host, request.results[i], event.missing[i]));
  }
  reconcile(host, request, outcome);
  for (const BatchId batch : m_touched) {
    if (BatchEntry* entry = findBatch(batch)) offer(*entry);  // what came back may have made work
  }
  assign(host, request, outcome);
  outcome.nextSync = host.attempts.empty() ? idleInterval() : m_options.syncWhenBusy;
  return outcome;
}

Duration Dispatcher::Impl::idleInterval() const {
  // Few hosts ask often, so that work starts at once; many share a fixed number of syncs a second.
  const auto share = Duration::milliseconds(static_cast<std::int64_t>(m_hosts.size() * 1'000 / m_options.idleSyncsPerSecond));
  return std::max(m_options.syncWhenIdle, share);
}

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
  HEARTH_CHECK(isLegal(attempt->state, AttemptState::kReturned), "a late return revives an expired attempt");
  attempt->state = AttemptState::kReturned;
  attempt->outcome = outcomeOf(result.report);
  ++m_totals.resultsReturned;
  const Lease lease{attempt->id, result.task, position->second.revision, attempt->host, attempt->leased};
  write(AttemptRevive{{lease, AttemptState::kReturned, m_now, result.report}});
  settle(*batch, result.task.index, std::nullopt, {});
  return ack(result.attempt, wire::AckVerdict::kAccepted);
}

void Dispatcher::Impl::reconcile(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome) {
  std::unordered_set<AttemptId> known;
  for (const wire::ReturnedResult& result : request.results) known.insert(result.attempt);
  for (const AttemptId attempt : request.held) {
    known.insert(attempt);
    const auto position = m_leases.find(attempt);
    if (position == m_leases.end() || position->second.lease.host != host.host.id) {
      outcome.aborts.push_back({attempt, "the task was decided, or the lease ended and another host has it"});
    } else if (findBatch(position->second.lease.task.batch) == nullptr) {
      endAttempt(attempt, AttemptState::kAborted, {});
      outcome.aborts.push_back({attempt, "its batch was cancelled"});
    } else {
      LeaseEntry& entry = position->second;
      m_timers.remove(entry.expires, attempt);
      entry.expires = std::min(m_now + m_options.leaseTerm, entry.deadline);
      m_timers.add(entry.expires, attempt);
    }
  }
  for (const AttemptId attempt : std::set<AttemptId>(host.attempts)) {
    if (known.contains(attempt)) continue;
    const LeaseEntry& entry = m_leases.at(attempt);
    if (findBatch(entry.lease.task.batch) == nullptr) {
      endAttempt(attempt, AttemptState::kAborted, {});
    } else {  // the reply that gave it was lost: give it again
      outcome.assigned.push_back({entry.lease, entry.expires - m_now, entry.deadline - m_now});
    }
  }
}

void Dispatcher::Impl::assign(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome) {
  m_classes.refresh(host.eligibility, host.host.description);
  const std::size_t room = limits::kHostAttempts - std::min(limits::kHostAttempts, host.attempts.size());
  std::size_t wanted = std::min({std::size_t{request.free.tasks}, room, limits::kSyncAttempts});
  std::optional<ServiceRank> after;
  while (wanted > 0) {
    const std::optional<ServiceRank> rank = m_classes.next(host.eligibility, request.free, after);
    if (!rank) break;
    BatchEntry& batch = m_batches.at(rank->batch);
    while (wanted > 0) {
      const std::optional<Lease> lease = leaseFrom(batch, host);
      if (!lease) break;
      const LeaseEntry& entry = m_leases.at(lease->attempt);
      outcome.assigned.push_back({*lease, entry.expires - m_now, entry.deadline - m_now});
      --wanted;
    }
    after = rank;
  }
}

}  // namespace hearth::core
