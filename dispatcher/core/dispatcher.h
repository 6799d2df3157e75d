// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <unordered_set>

#include "base/ids.h"
#include "base/time.h"
#include "core/actions.h"
#include "core/event.h"
#include "model/group.h"

namespace hearth::core {

class Dispatcher;
struct Explanation;
struct Forecast;
struct Workload;
Explanation explain(const Dispatcher& dispatcher, const Requirements& requirements, Instant now);
Explanation explain(const Dispatcher& dispatcher, const BatchPlan& plan, Instant now);
Forecast forecast(const Dispatcher& dispatcher, const Workload& work, Instant now);
struct Standing;
Standing standing(const Dispatcher& dispatcher, BatchId batch);

/// What an installation may tune. Plain values.
struct DispatcherOptions {
  /// A lease lapses so long after the last sync that listed its attempt; never before three heartbeats.
  Duration leaseTerm = Duration::minutes(10);
  Duration syncWhenBusy = Duration::seconds(30);  ///< heartbeat of a host that holds work, while they are few
  Duration syncWhenIdle = Duration::seconds(1);   ///< next sync of a host that got nothing, while they are few
  Duration longestSync = Duration::hours(2);
  std::uint32_t heartbeatsPerSecond = 200;  ///< of all hosts that hold work together
  std::uint32_t idleSyncsPerSecond = 200;   ///< so many hosts without work may ask in a second, all together
  Duration retrySameHostAfter = Duration::seconds(30);  ///< a host that failed a task may try it again only after this
  Quota quota = {};                                     ///< of accounts whose own was not set
  std::uint64_t failsEverywhereAfter = 20;  ///< a batch with so many failed tasks and none certified pauses itself
};

/// Figures of the present state, for /metrics and /readyz.
struct DispatcherStats {
  std::uint64_t hosts = 0;
  std::uint64_t openBatches = 0;
  std::uint64_t liveAttempts = 0;       ///< on hosts that are heard of
  std::uint64_t lapsedAttempts = 0;     ///< on hosts that have been silent for a lease's term
  std::uint64_t tasksWaitingAgain = 0;  ///< tasks that need another attempt
  std::uint64_t requirementClasses = 0;
  std::uint64_t leasesGiven = 0, resultsReturned = 0, tasksCertified = 0, tasksFailed = 0, leasesLapsed = 0,
                leasesExpired = 0, replicas = 0;  ///< since start
};

/// The brain: a machine without I/O (DESIGN §4). Decides which host gets which task and which result is right. Owned by
/// one thread, which makes every call; knows neither clock nor file nor socket, so the same events give the same
/// actions anywhere. It never fails: bad events get a reply with an Error, a broken invariant aborts.
class Dispatcher {
 public:
  explicit Dispatcher(DispatcherOptions options);
  /// The state after a restart. Every live lease is granted one more term from `now`. The snapshot is freed as it is
  /// read, so that a large one does not lie in memory beside what is made of it.
  Dispatcher(DispatcherOptions options, Snapshot snapshot, Instant now);
  ~Dispatcher();
  Dispatcher(Dispatcher&&) noexcept;
  Dispatcher& operator=(Dispatcher&&) noexcept;

  /// The only way in which anything changes. O(size of the event), never O(tasks).
  Actions handle(const Event& event, Instant now);

  /// When the next Tick is due at the latest.
  Instant nextTick() const;

  /// The lease, if this host (by id and key) holds it and is not revoked. O(1).
  Result<Lease> leaseHeldBy(AttemptId attempt, HostId host, const Digest& key) const;
  /// What the attempt of a lease goes on from, or wrote last; none if it did neither.
  Checkpoint checkpointOf(const Lease& lease) const;
  /// Of every checkpoint that may be of use. O(checkpoints).
  std::unordered_set<Digest> checkpointDigests() const;
  /// The host, if it is known under this key and not revoked.
  Result<Host> hostWithKey(HostId host, const Digest& key) const;
  /// Whether a host could enrol with this join token; the error says why not.
  Result<void> joinTokenGood(const Digest& secretHash, Instant now) const;
  DispatcherStats stats() const;
  /// Digest-free 64-bit hash of the durable part of the state, equal after a restart (simulation and tests).
  std::uint64_t durableHash() const;

  // core/explain.h, core/standing.h
  friend Explanation explain(const Dispatcher& dispatcher, const Requirements& requirements, Instant now);
  friend Explanation explain(const Dispatcher& dispatcher, const BatchPlan& plan, Instant now);
  friend Forecast forecast(const Dispatcher& dispatcher, const Workload& work, Instant now);
  friend Standing standing(const Dispatcher& dispatcher, BatchId batch);

 private:
  class Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace hearth::core
