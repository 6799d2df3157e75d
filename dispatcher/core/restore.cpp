// SPDX-License-Identifier: GPL-3.0-or-later
// Restart, and the hash that shows that nothing durable was lost by it.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

/// Order-free hash of the durable state: the sum of one mixed word for each thing (SplitMix64's finaliser).
class StateHash {
 public:
  void add(std::initializer_list<std::uint64_t> words) {
    std::uint64_t mixed = 0x9E3779B97F4A7C15ULL;
    for (const std::uint64_t word : words) mixed = mix(mixed ^ word);
    m_sum += mixed;
  }
  std::uint64_t value() const { return m_sum; }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t m_sum = 0;
};

/// Of the result itself: its number depends on the order in which results came.
std::uint64_t outcomeHash(const TaskEntry& task, const AttemptEntry& attempt) {
  const bool returned = attempt.state == AttemptState::kReturned && task.outcomes;
  return returned ? std::hash<std::string>{}(task.outcomes->at(attempt.outcome)) : 0;
}

AttemptEntry entryOf(const AttemptRecord& record, TaskEntry& task) {
  AttemptEntry entry;
  entry.id = record.lease.attempt;
  entry.host = record.lease.host;
  entry.leased = record.lease.leased;
  entry.ended = record.ended;
  entry.state = record.state;
  entry.fault = faultOf(record.state, record.report);
  if (record.state == AttemptState::kReturned) entry.outcome = task.outcomeOf(record.report);
  return entry;
}

}  // namespace

void Dispatcher::Impl::restore(Snapshot&& snapshot, Instant now) {
  m_now = now;
  m_counters = snapshot.counters;
  m_attemptsClaimed = snapshot.counters.attempts;
  m_hosts.reserve(snapshot.hosts.size());
  m_hostsByKey.reserve(snapshot.hosts.size());
  m_leases.reserve(snapshot.leases.size());
  for (; !snapshot.hosts.empty(); snapshot.hosts.pop_front()) addHost(std::move(snapshot.hosts.front()));
  for (const AccountWeightPut& row : snapshot.accountWeights) {
    m_accountWeights[row.account] = row.weight;
    m_queue.setWeight(row.account, row.weight);
  }
  for (const Group& group : snapshot.groups) {
    m_groups.put(group);
    m_groupQuotas.set(group.id, group.quota);
  }
  for (const AccountQuotaPut& row : snapshot.quotas) m_accountQuotas.set(row.account, row.quota);
  for (const JoinToken& token : snapshot.joinTokens) m_joinTokens.emplace(token.secretHash, token);
  for (const Snapshot::Batch& row : snapshot.batches)
    addBatch(row.batch, row.plan, row.idempotencyKey).progress = row.progress;
  for (const Snapshot::ActiveTask& row : snapshot.tasks) {
    BatchEntry* batch = findBatch(row.task.task.batch);
    if (batch == nullptr) continue;
    TaskEntry& task = batch->tasks[row.task.task.index];
    task.revision = row.task.revision;
    task.failures = row.task.failures;
    for (const AttemptRecord& record : row.records) task.attempts.push_back(entryOf(record, task));
  }
  for (; !snapshot.leases.empty(); snapshot.leases.pop_front()) restoreLease(snapshot.leases.front());
  restoreCheckpoints(snapshot.checkpoints);
  for (auto& [id, batch] : m_batches) {
    for (auto& [index, task] : batch->tasks) {
      std::sort(task.attempts.begin(), task.attempts.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      if (certify(task, batch->plan.policy).wanted > 0) batch->again.insert({index, &task});
    }
  }
  // Service begins in the order of age, whatever the order of the table above.
  for (const Snapshot::Batch& row : snapshot.batches) offer(*findBatch(row.batch));
}

void Dispatcher::Impl::restoreCheckpoints(const std::vector<CheckpointPut>& rows) {
  for (const CheckpointPut& row : rows) m_checkpoints.restore(row);
  for (const CheckpointPut& row : rows) {
    if (findBatch(row.task.batch) == nullptr) m_checkpoints.endBatch(row.task.batch);
  }
}

void Dispatcher::Impl::restoreLease(const Lease& lease) {
  LeaseEntry& entry = m_leases[lease.attempt];
  entry.lease = lease;
  BatchEntry* batch = findBatch(lease.task.batch);
  arm(entry, batch == nullptr ? m_now + term() : std::min(m_now + term(), std::max(m_now, deadlineOf(lease, *batch))));
  if (HostEntry* host = findHost(lease.host)) {
    host->hold(lease.attempt);
    if (host->attempts.size() == 1) ++m_busyHosts;
  }
  if (batch == nullptr) return;
  countLive(*batch, 1);
  TaskEntry& task = batch->tasks[lease.task.index];
  task.revision = lease.revision;
  AttemptEntry& attempt = task.attempts.emplace_back();
  attempt.id = lease.attempt;
  attempt.host = lease.host;
  attempt.leased = lease.leased;
}

std::uint64_t Dispatcher::Impl::durableHash() const {
  StateHash hash;
  for (const auto& [id, batch] : m_batches) {
    const BatchProgress& p = batch->progress;
    hash.add({1, id.value, static_cast<std::uint64_t>(p.state), p.cursor, p.certified, p.failed, batch->plan.tasks});
    for (const auto& [index, task] : batch->tasks) {
      hash.add({2, id.value, index, task.revision, task.failures, task.attempts.size()});
      for (const AttemptEntry& attempt : task.attempts) {
        hash.add({3, attempt.id.value, attempt.host.value, static_cast<std::uint64_t>(attempt.state),
                  outcomeHash(task, attempt)});
      }
    }
  }
  for (const auto& [id, entry] : m_leases) {
    hash.add({4, id.value, entry.lease.task.batch.value, entry.lease.task.index, entry.lease.host.value,
              static_cast<std::uint64_t>(entry.lease.leased.micros)});
  }
  for (const auto& [id, entry] : m_hosts)
    hash.add({5, id.value, entry->host.account.value, entry->host.revoked ? 1U : 0U, entry->attempts.size(),
              entry->host.group.value});
  m_checkpoints.each([&](const CheckpointPut& row) {
    hash.add({8, row.task.batch.value, row.task.index, row.attempt.value, std::hash<Digest>{}(row.checkpoint.digest),
              row.passedOn ? 1U : 0U});
  });
  for (const auto& [id, group] : m_groups.all()) {
    hash.add({9, id.value, std::hash<std::string>{}(group.name), group.owner.value, group.guests ? 1U : 0U,
              group.beyond ? 1U : 0U, group.quota.attempts, group.quota.batches});
    for (const AccountId member : group.members) hash.add({10, id.value, member.value});
  }
  for (const auto& [account, quota] : m_accountQuotas.all())
    hash.add({11, account.value, quota.attempts, quota.batches, quota.bytes});
  for (const auto& [account, weight] : m_accountWeights) hash.add({7, account.value, weight});
  for (const auto& [secret, token] : m_joinTokens) hash.add({6, std::hash<Digest>{}(secret), token.usesLeft});
  return hash.value();
}

}  // namespace hearth::core
