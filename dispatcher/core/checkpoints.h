// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "model/attempt.h"
#include "model/change.h"

namespace hearth::core {

/// Where the attempts of active tasks had got to, the newest checkpoint of each. Every change of it is a row that
/// `changes` gets. Owned by the Dispatcher, used by its thread. Holds at most one entry for each attempt of an active
/// task.
///
/// A checkpoint is passed on once: the attempt that goes on from it takes the place of the one that wrote it, so that
/// no two results of a quorum share a past.
class Checkpoints {
 public:
  explicit Checkpoints(Changes& changes) : m_changes(changes) {}

  bool empty() const { return m_tasks.empty(); }
  /// As a store kept it.
  void restore(const CheckpointPut& row);
  void put(TaskId task, AttemptId attempt, const Checkpoint& checkpoint);
  /// What this attempt went on from or wrote last; none if it did neither.
  Checkpoint of(TaskId task, AttemptId attempt) const;
  bool passedOn(TaskId task, AttemptId attempt) const;
  /// The newest that was not passed on and whose attempt `mayGiveUp`.
  template <typename Predicate>
  std::optional<AttemptId> find(TaskId task, Predicate mayGiveUp) const {
    const auto position = m_tasks.find(task);
    if (position == m_tasks.end()) return std::nullopt;
    const std::vector<CheckpointPut>& rows = position->second;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (!row->passedOn && mayGiveUp(row->attempt)) return row->attempt;
    }
    return std::nullopt;
  }
  /// `to` goes on where `from` was.
  void passOn(TaskId task, AttemptId from, AttemptId to);
  /// Nobody is to go on from there: the attempt failed by itself.
  void discard(TaskId task, AttemptId attempt);
  /// The task was decided.
  void drop(TaskId task);
  /// The batch is over: dropSome() drops what its tasks had.
  void endBatch(BatchId batch);
  /// At most so many tasks of ended batches; false when nothing is left.
  bool dropSome(std::size_t most);
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto& [task, rows] : m_tasks) {
      for (const CheckpointPut& row : rows) visit(row);
    }
  }
  bool hasEnded() const { return !m_ended.empty(); }

 private:
  CheckpointPut* row(TaskId task, AttemptId attempt);
  const CheckpointPut* row(TaskId task, AttemptId attempt) const;

  Changes& m_changes;
  std::map<TaskId, std::vector<CheckpointPut>> m_tasks;  ///< the newest last
  std::vector<BatchId> m_ended;
};

}  // namespace hearth::core
