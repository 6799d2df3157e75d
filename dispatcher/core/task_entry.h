// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "base/ids.h"
#include "base/time.h"
#include "core/host_health.h"
#include "model/attempt.h"
#include "model/batch.h"

namespace hearth::core {

/// An attempt of an active task, of its present revision.
struct AttemptEntry {
  AttemptId id;
  HostId host;
  Instant leased;
  Instant ended;
  AttemptState state = AttemptState::kLeased;
  Fault fault = Fault::kNone;
  bool lapsed = false;  ///< leased, but its host has been silent for longer than the lease's term: it does not count
  std::uint32_t outcome = 0;  ///< TaskEntry::outcomeOf() its report once it was returned

  bool runs() const { return state == AttemptState::kLeased && !lapsed; }
};

/// A task that is active: kept in memory from its first lease until it is decided.
struct TaskEntry {
  std::uint32_t revision = 0;
  std::uint32_t failures = 0;
  Instant finish = kNotIndexed;  ///< as it stands in its batch's order of estimated finish
  Instant restsUntil;            ///< no further attempt before then
  /// The first lies within: most tasks need no other, and where a task waits it is read with the task.
  boost::container::small_vector<AttemptEntry, 1> attempts;
  /// What its results were, each once: mostly there is none before the first decides the task.
  std::unique_ptr<std::vector<std::string>> outcomes;

  static constexpr Instant kNotIndexed{std::numeric_limits<std::int64_t>::min()};
  bool indexed() const { return finish != kNotIndexed; }
  AttemptEntry* find(AttemptId attempt);
  /// Attempts under way on hosts that are heard of.
  std::uint32_t running() const;
  /// Attempts that failed by no fault of their host: the more, the longer it rests.
  std::uint32_t faultsOfItsOwn() const;
  /// The number of what exact-digest comparison compares: the declared outputs, path by path. Timings, logs and usage
  /// are no part of it. Equal results have equal numbers.
  std::uint32_t outcomeOf(const ResultReport& report);
};

/// What the results so far mean for a task.
struct Certification {
  enum class Kind { kUndecided, kCertified, kFailed };
  Kind kind = Kind::kUndecided;
  AttemptId canonical;       ///< when certified: the earliest of the agreeing attempts
  std::uint32_t wanted = 0;  ///< when undecided: further attempts that it should have now
};

/// Quorum with exact comparison: certified as soon as `quorum` outcomes agree; failed when nothing is under way and
/// quorum + retries attempts are spent. Results and the task's own faults spend; what hosts or the project are to blame
/// for does not, up to kLostAttempts of them.
Certification certify(const TaskEntry& task, const BatchPolicy& policy);

/// A task on which so many hosts vanished or failed is given up: it may be what ends them.
inline constexpr std::uint32_t kLostAttempts = 20;

/// Running attempts of a task at most: those that its quorum needs and two replicas beside them.
inline std::uint32_t mostCopies(const BatchPolicy& policy) { return policy.quorum + 2; }

}  // namespace hearth::core
