// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/attempt.h"
#include "model/follow.h"
#include "model/states.h"

namespace hearth::db {

struct BatchRecord;

/// Which batches a list shows.
struct BatchFilter {
  AccountId owner;  ///< 0: of everybody
  std::optional<BatchState> state;
  std::string name;  ///< what the name contains, letters of ASCII in either case
};

/// Committed state of what people keep beside batches. Any thread may call; a call sees one consistent state.
class FollowReads {
 public:
  virtual ~FollowReads() = default;

  /// Newest first: batches with an id below `before` (0: from the newest), at most `limit`.
  virtual Result<std::vector<BatchRecord>> batches(const BatchFilter& filter, BatchId before, std::size_t limit) = 0;
  virtual Result<std::optional<Share>> share(const Digest& secretHash) = 0;
  virtual Result<std::vector<Share>> shares(BatchId batch) = 0;
  virtual Result<std::optional<Contact>> contact(AccountId account) = 0;
  /// Messages whose next try is due, the longest due first.
  virtual Result<std::vector<Message>> messagesDue(Instant by, std::size_t limit) = 0;
  /// Those about a batch that have not arrived.
  virtual Result<std::vector<Message>> messages(BatchId batch) = 0;
  virtual Result<std::optional<BatchCare>> care(BatchId batch) = 0;
  virtual Result<std::string> points(BatchId batch) = 0;  ///< empty: none were kept
  /// Batches that ended at `since` or later and whose end nobody was told of, by id.
  virtual Result<std::vector<BatchRecord>> untold(Instant since, std::size_t limit) = 0;
  /// Batches above `after` that ended before `by` and have results still, by id.
  virtual Result<std::vector<BatchRecord>> ended(Instant by, BatchId after, std::size_t limit) = 0;
  /// Records of all attempts, by task and attempt, behind the one given.
  virtual Result<std::vector<AttemptRecord>> records(TaskId task, AttemptId attempt, std::size_t limit) = 0;
  /// Whether somebody's data (as the files of drafts are) or a batch's submission names the blob; results are not
  /// looked at.
  virtual Result<bool> isNamed(const Digest& blob) = 0;
  /// The first task from `from` on that has a record of an attempt.
  virtual Result<std::optional<TaskIndex>> firstRecord(BatchId batch, TaskIndex from) = 0;
};

}  // namespace hearth::db
