// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/dispatcher.h"
#include "core/lease_timers.h"
#include "core/requirement_classes.h"
#include "core/task_entry.h"

namespace hearth::core {

/// An open, running or paused batch. Its tasks map holds the active tasks only, so memory is O(live attempts + waiting
/// tasks).
struct BatchEntry {
  BatchId id;
  BatchPlan plan;
  BatchProgress progress;
  std::string idempotencyKey;
  ClassIndex requirementClass = 0;
  bool offered = false;    ///< stands in its requirement class
  std::uint64_t live = 0;  ///< live attempts
  std::uint64_t failuresForgiven =
      0;  ///< failed tasks that a person has seen: they resumed the batch or asked for a retry
  std::unordered_map<TaskIndex, TaskEntry> tasks;
  std::set<TaskIndex> again;           ///< active tasks that want a further attempt
  TaskIndex againRotor = 0;            ///< where the next look at `again` begins
  std::optional<TaskIndex> retryFrom;  ///< RetryFailed goes on from here when the window has room
  bool retryLoading = false;

  ServiceRank rank() const { return {plan.policy.priority, id}; }
  bool exhausted() const { return progress.cursor >= plan.tasks; }
};

/// A live attempt.
struct LeaseEntry {
  Lease lease;
  Instant expires;
  Instant deadline;
};

struct HostEntry {
  Host host;
  RequirementClasses::Eligibility eligibility;
  std::set<AttemptId> attempts;  ///< live ones
};

/// The state of the Dispatcher and its parts: people's events (dispatcher.cpp), hosts' calls (sync.cpp), the life of a
/// task (tasks.cpp), time (expiry.cpp) and restart (restore.cpp).
class Dispatcher::Impl {
 public:
  explicit Impl(DispatcherOptions options) : m_options(options) {}
  void restore(const Snapshot& snapshot, Instant now);

  Actions handle(const Event& event, Instant now);
  Instant nextTick() const;
  Result<Lease> leaseHeldBy(AttemptId attempt, HostId host, const Digest& key) const;
  Result<Host> hostWithKey(HostId host, const Digest& key) const;
  DispatcherStats stats() const;
  std::uint64_t durableHash() const;

 private:
  using Body = ReplyBody;

  // People's events. Each returns the reply.
  Body on(const SubmitBatch& event);
  Body on(const CancelBatch& event);
  Body on(const PauseBatch& event);
  Body on(const ResumeBatch& event);
  Body on(const RetryFailed& event);
  Body on(const CreateJoinToken& event);
  Body on(const SetAccountWeight& event);
  Body on(const EnrolHost& event);
  Body on(const RevokeHost& event);
  Body on(const SyncHost& event);
  Body on(const Tick& event);
  Body on(const RowsLoaded& event);

  // Batches
  BatchEntry* findBatch(BatchId batch);
  Result<BatchEntry*> openBatch(BatchId batch);
  void setState(BatchEntry& batch, BatchState to, std::string reason);
  void pause(BatchEntry& batch, std::string reason);
  /// Puts the batch into its class, or takes it out, as it has something to hand out now or not.
  void offer(BatchEntry& batch);
  bool hasWork(const BatchEntry& batch) const;
  /// Takes an ended batch out of memory; what it held is freed by Ticks.
  void drop(BatchEntry& batch);
  void endIfDone(BatchEntry& batch);
  void touch(const BatchEntry& batch) { m_touched.insert(batch.id); }
  void reopen(const Snapshot::Batch& row);
  void retryLoaded(const LoadedFailedTasks& rows);
  void loadMoreRetries(BatchEntry& batch);

  // Hosts' calls
  Result<HostEntry*> admit(HostId host, const Digest& key);
  wire::ResultAck takeResult(HostEntry& host, const wire::ReturnedResult& result, const std::vector<Digest>& missing);
  wire::ResultAck takeLateResult(HostEntry& host, const wire::ReturnedResult& result);
  Duration idleInterval() const;
  void reconcile(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome);
  void assign(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome);
  void endAttemptsOf(HostEntry& host);

  // The life of a task
  std::optional<Lease> leaseFrom(BatchEntry& batch, HostEntry& host);
  std::optional<TaskIndex> takeAgain(BatchEntry& batch, const HostEntry& host);
  bool mayTry(const TaskEntry& task, HostId host) const;
  Lease lease(BatchEntry& batch, TaskIndex index, HostEntry& host);
  /// Ends a live attempt: the lease goes, the record is written, the task is looked at again. A result without error
  /// passes its outcome on to certification.
  void endAttempt(AttemptId attempt, AttemptState state, const ResultReport& report);
  /// Decides the task or queues it for what it still wants. `fresh` is the attempt whose record is not written yet.
  void settle(BatchEntry& batch, TaskIndex index, std::optional<AttemptRecord> fresh, const std::string& reason);
  void writeCertified(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId canonical,
                      std::optional<AttemptRecord> fresh);
  void writeFailed(BatchEntry& batch, TaskIndex index, const TaskEntry& task, const std::string& reason);
  void writeActive(const BatchEntry& batch, TaskIndex index, const TaskEntry& task);
  void forgetLease(AttemptId attempt);
  void abortRest(BatchEntry& batch, TaskEntry& task);

  // Time
  void expireDue();
  void freeSome();

  AttemptId newAttempt();
  void write(Change change) { m_actions.changes.push_back(std::move(change)); }

  DispatcherOptions m_options;
  CountersPut m_counters;               ///< next ids
  std::uint64_t m_attemptsClaimed = 1;  ///< attempt ids below it may be used without a write
  std::map<BatchId, BatchEntry> m_batches;
  std::unordered_map<AttemptId, LeaseEntry> m_leases;
  std::unordered_map<HostId, HostEntry> m_hosts;
  std::unordered_map<Digest, HostId> m_hostsByKey;
  std::unordered_map<Digest, JoinToken> m_joinTokens;
  std::map<AccountId, std::uint32_t> m_accountWeights;  ///< those that were set
  std::map<std::pair<AccountId, std::string>, BatchId> m_idempotencyKeys;
  RequirementClasses m_classes;
  LeaseTimers m_timers;
  std::vector<std::unordered_map<TaskIndex, TaskEntry>>
      m_dropped;  ///< tasks of batches that are over, freed piece by piece
  DispatcherStats m_totals;

  // Of the event being handled
  Instant m_now;
  Actions m_actions;
  std::set<BatchId> m_touched;  ///< batches whose progress is to be written and told
};

}  // namespace hearth::core
