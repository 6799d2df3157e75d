// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/limits.h"
#include "core/checkpoints.h"
#include "core/chunked_set.h"
#include "core/dispatcher.h"
#include "core/groups.h"
#include "core/host_health.h"
#include "core/host_model.h"
#include "core/prefetch.h"
#include "core/quotas.h"
#include "core/sync_interval.h"
#include "core/task_entry.h"
#include "core/task_table.h"
#include "core/timing_wheel.h"
#include "core/work_queue.h"

namespace hearth::core {

/// The tail of a batch: its tasks in the order of their estimated finish, latest first in line for a replica. Built
/// piece by piece once nine tenths are handed out.
struct TailIndex {
  std::set<std::pair<Instant, TaskIndex>> byFinish;
  std::size_t buckets = 0;  ///< of the task table as it is looked through; another number means to begin anew
  std::size_t looked = 0;   ///< buckets looked through
};

/// A task that wants a further attempt now. Its entry stays where it is as long as it waits.
struct WaitingTask {
  TaskIndex index = 0;
  TaskEntry* entry = nullptr;
  bool operator<(const WaitingTask& other) const { return index < other.index; }
};

/// How long the batch is likely to take from `at` on, with the hosts that are there.
struct HorizonCache {
  Instant at;
  Duration length;
  std::uint64_t tasks = 0;  ///< it was made for so many
  std::uint64_t hosts = 0;  ///< and with so many
  std::uint64_t departures = 0;
};

/// An open, running or paused batch. Its tasks map holds the active tasks only, so memory is O(live attempts + waiting
/// tasks). What every request looks at comes first: where batches are many, the next one's lines are cold.
struct alignas(64) BatchEntry {
  explicit BatchEntry(TaskPool& pool) : tasks(TaskTable::allocator_type(pool)) {}

  QueuedBatch queued;
  BatchId id;
  BatchProgress progress;
  std::uint64_t live = 0;  ///< attempts under way on hosts that are heard of
  TaskTable tasks;
  ChunkedSet<WaitingTask> again;       ///< active tasks that want a further attempt now
  TaskIndex againRotor = 0;            ///< where the next look at `again` begins
  std::size_t resting = 0;             ///< tasks that will want one later
  std::optional<TaskIndex> retryFrom;  ///< RetryFailed goes on from here when the window has room
  Instant lastLease;
  std::uint64_t attemptsGood = 0, attemptsBad = 0;  ///< since start: whether failures are the batch's or a host's
  WorkModel work;                                   ///< of its tasks
  ApplicationIndex application = 0;
  bool told = false, changed = false;  ///< by the event being handled
  bool retryLoading = false;
  BatchPlan plan;
  // Seldom looked at
  std::string idempotencyKey;
  std::vector<TaskIndex> retryOnly;  ///< ascending: the failed tasks that retryFrom is about; empty: all
  std::uint64_t failuresForgiven =
      0;  ///< failed tasks that a person has seen: they resumed the batch or asked for a retry
  TailIndex tail;
  HorizonCache horizon;

  void prefetch() const { core::prefetch(this, kOftenUsed); }
  static constexpr std::size_t kOftenUsed = 512;
  bool exhausted() const { return progress.cursor >= plan.tasks; }
  bool windowFull() const { return again.size() + resting >= limits::kRetryWindow; }
  bool inTail() const { return progress.cursor >= plan.tasks - plan.tasks / 10; }
};

/// A live attempt. There may be a million: 64 bytes.
struct LeaseEntry {
  Lease lease;
  TimingWheel::Handle timer = 0;
  float queuedSeconds = 0;   ///< it was to wait so long on its host before it began
  float presentSeconds = 0;  ///< how long the host had been there when it was leased
  bool lapsed = false;
};
static_assert(sizeof(LeaseEntry) == 64);

struct HostEntry {
  Host host;
  HostModel model;
  HostHealth health;
  std::vector<AttemptId> attempts;  ///< live ones, ascending
  Instant busyUntil;                ///< when it is likely to have done what it holds
  Instant expected;                 ///< its next call
  std::uint32_t calls = 0;          ///< since start
  bool willing = false;             ///< took work, or asked for it, when it called last

  void hold(AttemptId attempt);
  void release(AttemptId attempt);
};

/// The state of the Dispatcher and its parts: people's events (batches.cpp), hosts' calls (sync.cpp), the life of a
/// task (tasks.cpp), whom a task is given to (assign.cpp), the end of a batch (tail.cpp), time (expiry.cpp) and restart
/// (restore.cpp).
class Dispatcher::Impl {
 public:
  explicit Impl(DispatcherOptions options) : m_options(options), m_accountQuotas(options.quota) {}
  void restore(Snapshot&& snapshot, Instant now);
  void restoreLease(const Lease& lease);
  void restoreCheckpoints(const std::vector<CheckpointPut>& rows);

  Actions handle(const Event& event, Instant now);
  Instant nextTick() const;
  Checkpoint checkpointOf(const Lease& lease) const { return m_checkpoints.of(lease.task, lease.attempt); }
  std::unordered_set<Digest> checkpointDigests() const;
  Result<Lease> leaseHeldBy(AttemptId attempt, HostId host, const Digest& key) const;
  Result<Host> hostWithKey(HostId host, const Digest& key) const;
  Result<void> joinTokenGood(const Digest& secretHash, Instant now) const;
  DispatcherStats stats() const;
  std::uint64_t durableHash() const;
  Explanation explain(const Requirements& requirements, const BatchPlan* placed, Instant now) const;
  std::optional<Scope> scopeOf(const BatchPlan* placed) const;
  bool isPlaced(const std::optional<Scope>& scope, const HostEntry& host) const;
  Forecast forecast(const Workload& work, Instant now) const;
  Standing standing(BatchId batch) const;

 private:
  using Body = ReplyBody;

  // People's events. Each returns the reply.
  Body on(const SubmitBatch& event);
  Body on(const CancelBatch& event);
  Body on(const PauseBatch& event);
  Body on(const ResumeBatch& event);
  Body on(const RetryFailed& event);
  Body on(const ReviseBatch& event);
  Body on(const CreateJoinToken& event);
  Body on(const SetAccountWeight& event);
  Body on(const PutGroup& event);
  Body on(const DropGroup& event);
  Body on(const MoveHost& event);
  Body on(const SetQuota& event);
  Body on(const EnrolHost& event);
  Body on(const RevokeHost& event);
  Body on(const SyncHost& event);
  Body on(const Tick& event);
  Body on(const RowsLoaded& event);

  // Batches
  BatchEntry* findBatch(BatchId batch);
  const BatchEntry* findBatch(BatchId batch) const;
  Result<BatchEntry*> openBatch(BatchId batch);
  BatchEntry& addBatch(BatchId id, const BatchPlan& plan, const std::string& idempotencyKey);
  void setState(BatchEntry& batch, BatchState to, std::string reason);
  void pause(BatchEntry& batch, std::string reason);
  /// Puts the batch into the queue, or takes it out, as it has something to hand out now or not.
  void offer(BatchEntry& batch);
  bool hasWork(const BatchEntry& batch) const;
  /// Takes an ended batch out of memory; what it held is freed by Ticks.
  void drop(BatchEntry& batch);
  void endIfDone(BatchEntry& batch);
  /// Its progress changed: to be written and told.
  void touch(BatchEntry& batch);
  /// It is to be told and looked at again.
  void tell(BatchEntry& batch);
  void reopen(const Snapshot::Batch& row);
  void retryFailed(BatchEntry& batch, const std::vector<TaskIndex>& only);
  void retryLoaded(const LoadedFailedTasks& rows);
  void retryTask(BatchEntry& batch, const TaskPut& row);
  void loadMoreRetries(BatchEntry& batch);
  void pauseIfHopeless(BatchEntry& batch, const std::string& why);

  // Groups and quotas (group_events.cpp)
  void rescope(const Group& before, const Group& after);
  Result<void> roomForBatch(const BatchPlan& plan) const;
  /// More attempts of the batch are under way, or fewer.
  void countLive(BatchEntry& batch, std::int64_t by);
  void offerGroupsWithRoom();

  // Hosts' calls
  HostEntry& addHost(Host host);
  HostEntry* findHost(HostId host);
  const HostEntry* findHost(HostId host) const;
  /// The host, if it is known under this key and not revoked; as `hostWithKey`, without a copy.
  Result<const HostEntry*> admitted(HostId host, const Digest& key) const;
  Result<HostEntry*> admit(HostId host, const Digest& key);
  /// Checkpoints of attempts that the host holds; others are of no use.
  void takeCheckpoints(const HostEntry& host, const wire::SyncRequest& request);
  wire::ResultAck takeResult(HostEntry& host, const wire::ReturnedResult& result, const std::vector<Digest>& missing);
  wire::ResultAck takeLateResult(HostEntry& host, const wire::ReturnedResult& result);
  void reconcile(HostEntry& host, const wire::SyncRequest& request, SyncOutcome& outcome);
  /// False if the host is to give it up.
  bool renew(HostEntry& host, AttemptId attempt);
  void endAttemptsOf(HostEntry& host);
  Duration busyInterval() const;
  Duration term() const;
  SyncOutcome::Assigned assignmentOf(const Lease& lease, const BatchEntry& batch) const;

  // Whom a task is given to
  /// What one request may still be given.
  struct Room {
    std::size_t tasks = 0;
    std::uint64_t disk = 0;
  };
  Room roomOf(const HostEntry& host, const wire::SyncRequest& request) const;
  void assign(HostEntry& host, WorkQueue::Search& search, Room& room, SyncOutcome& outcome);
  std::optional<Lease> leaseFrom(BatchEntry& batch, HostEntry& host);
  const WaitingTask* takeAgain(BatchEntry& batch, const HostEntry& host) const;
  bool mayTry(const BatchEntry& batch, TaskIndex index, const TaskEntry& task, const HostEntry& host) const;
  Lease lease(BatchEntry& batch, TaskIndex index, TaskEntry& task, HostEntry& host);
  /// Lets the new attempt go on where one that is gone had got to.
  void resume(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId attempt);

  // The end of a batch
  double workOf(const BatchEntry& batch) const;
  Instant finishOf(const BatchEntry& batch, const LeaseEntry& entry) const;
  std::optional<Instant> finishOf(const BatchEntry& batch, const TaskEntry& task) const;
  void indexFinish(BatchEntry& batch, TaskIndex index, TaskEntry& task);
  void unindex(BatchEntry& batch, TaskIndex index, TaskEntry& task);
  void indexMore(BatchEntry& batch);
  bool tooSlowFor(BatchEntry& batch, const HostEntry& host);
  Duration horizonOf(BatchEntry& batch);
  std::optional<TaskIndex> takeReplica(BatchEntry& batch, const HostEntry& host);

  // The life of a task
  /// Ends a live attempt: the lease goes, the record is written, the task is looked at again. A result without error
  /// passes its outcome on to certification.
  void endAttempt(AttemptId attempt, AttemptState state, const ResultReport& report);
  void countFor(HostEntry* host, BatchEntry& batch, const AttemptEntry& attempt, const ResultReport& report);
  /// Decides the task or queues it for what it still wants. `fresh` is the attempt whose record is not written yet.
  void settle(BatchEntry& batch, TaskIndex index, std::optional<AttemptRecord> fresh, const std::string& reason);
  /// Its place among the tasks that want a further attempt, now or after a rest.
  void queueAgain(BatchEntry& batch, TaskIndex index, TaskEntry& task);
  void unqueue(BatchEntry& batch, TaskIndex index, TaskEntry& task);
  void writeCertified(BatchEntry& batch, TaskIndex index, TaskEntry& task, AttemptId canonical,
                      std::optional<AttemptRecord> fresh);
  void writeFailed(BatchEntry& batch, TaskIndex index, TaskEntry& task, const std::string& reason);
  void writeActive(const BatchEntry& batch, TaskIndex index, const TaskEntry& task);
  void forgetLease(AttemptId attempt);
  void abortRest(TaskEntry& task);
  void eraseTask(BatchEntry& batch, TaskIndex index, TaskEntry& task);

  // Time
  void lapse(AttemptId attempt, LeaseEntry& entry);
  Instant deadlineOf(const Lease& lease) const;
  static Instant deadlineOf(const Lease& lease, const BatchEntry& batch);
  void arm(LeaseEntry& entry, Instant due) { entry.timer = m_timers.arm(due, entry.lease.attempt.value); }
  void expireDue();
  void wakeRested();
  void freeSome();

  AttemptId newAttempt();
  void writeCounters() {
    write(CountersPut{m_counters.batches, m_counters.hosts, m_attemptsClaimed, m_counters.groups});
  }
  void write(Change change) { m_actions.changes.push_back(std::move(change)); }

  DispatcherOptions m_options;
  TaskPool m_taskPool;                  ///< of the tables below
  CountersPut m_counters;               ///< next ids
  std::uint64_t m_attemptsClaimed = 1;  ///< attempt ids below it may be used without a write
  boost::unordered_flat_map<BatchId, std::unique_ptr<BatchEntry>, std::hash<BatchId>> m_batches;
  boost::unordered_flat_map<AttemptId, LeaseEntry, std::hash<AttemptId>> m_leases;
  boost::unordered_flat_map<HostId, std::unique_ptr<HostEntry>, std::hash<HostId>> m_hosts;
  std::vector<HostEntry*> m_hostOrder;  ///< as they enrolled
  std::size_t m_lapsed = 0;             ///< leases whose hosts are silent
  double m_megaflops = 0;               ///< of all processors, as their hosts claim
  std::uint64_t m_departures = 0;       ///< hosts that fell silent with a task, or want none any more
  std::size_t m_busyHosts = 0;          ///< those that hold something
  std::unordered_map<Digest, HostId> m_hostsByKey;
  std::unordered_map<Digest, JoinToken> m_joinTokens;
  std::map<AccountId, std::uint32_t> m_accountWeights;  ///< those that were set
  std::map<std::pair<AccountId, std::string>, BatchId> m_idempotencyKeys;
  std::map<BatchId, std::vector<TaskIndex>> m_reopening;  ///< being read, to retry these failed tasks; none: all
  std::map<std::string, ApplicationIndex> m_applications;
  std::vector<WorkModel> m_applicationWork;
  WorkQueue m_queue;
  Groups m_groups;
  Quotas<AccountId> m_accountQuotas;
  Quotas<GroupId> m_groupQuotas{{}};
  std::set<GroupId> m_groupsWithRoom;  ///< whose quota was reached, and is not any more
  Checkpoints m_checkpoints{m_actions.changes};
  TimingWheel m_timers;
  std::set<std::pair<Instant, TaskId>> m_resting;  ///< tasks that wait before their next attempt
  std::vector<TaskTable> m_dropped;                ///< tasks of batches that are over, freed piece by piece
  DispatcherStats m_totals;

  // Of the event being handled
  Instant m_now;
  Actions m_actions;
  std::vector<BatchEntry*> m_touched;  ///< batches that are to be told, some with progress to be written
};

}  // namespace hearth::core
