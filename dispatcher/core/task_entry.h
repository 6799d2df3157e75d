// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
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
  std::string outcome;  ///< outcomeOf() its report once it was returned: equal outcomes are equal results
};

/// A task that is active: kept in memory from its first lease until it is decided.
struct TaskEntry {
  std::uint32_t revision = 0;
  std::uint32_t failures = 0;
  std::vector<AttemptEntry> attempts;

  AttemptEntry* find(AttemptId attempt);
  std::uint32_t live() const;
};

/// What exact-digest comparison compares: the declared outputs, path by path. Timings, logs and usage are no part of
/// it.
std::string outcomeOf(const ResultReport& report);

/// What the results so far mean for a task.
struct Certification {
  enum class Kind { kUndecided, kCertified, kFailed };
  Kind kind = Kind::kUndecided;
  AttemptId canonical;       ///< when certified: the earliest of the agreeing attempts
  std::uint32_t wanted = 0;  ///< when undecided: further attempts that it should have now
};

/// Quorum with exact comparison: certified as soon as `quorum` outcomes agree; failed when nothing is under way and
/// quorum + retries attempts are spent. Attempts that were aborted cost nothing.
Certification certify(const TaskEntry& task, const BatchPolicy& policy);

}  // namespace hearth::core
