// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoints.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::core {

const CheckpointPut* Checkpoints::row(TaskId task, AttemptId attempt) const {
  const auto position = m_tasks.find(task);
  if (position == m_tasks.end()) return nullptr;
  const auto row = std::find_if(position->second.begin(), position->second.end(),
                                [&](const CheckpointPut& each) { return each.attempt == attempt; });
  return row == position->second.end() ? nullptr : &*row;
}

CheckpointPut* Checkpoints::row(TaskId task, AttemptId attempt) {
  return const_cast<CheckpointPut*>(std::as_const(*this).row(task, attempt));
}

void Checkpoints::restore(const CheckpointPut& kept) { m_tasks[kept.task].push_back(kept); }

void Checkpoints::put(TaskId task, AttemptId attempt, const Checkpoint& checkpoint) {
  std::vector<CheckpointPut>& rows = m_tasks[task];
  std::erase_if(rows, [&](const CheckpointPut& each) { return each.attempt == attempt; });
  rows.push_back({task, attempt, checkpoint, false});
  m_changes.push_back(rows.back());
}

Checkpoint Checkpoints::of(TaskId task, AttemptId attempt) const {
  const CheckpointPut* kept = row(task, attempt);
  return kept == nullptr ? Checkpoint{} : kept->checkpoint;
}

bool Checkpoints::passedOn(TaskId task, AttemptId attempt) const {
  const CheckpointPut* kept = row(task, attempt);
  return kept != nullptr && kept->passedOn;
}

void Checkpoints::passOn(TaskId task, AttemptId from, AttemptId to) {
  CheckpointPut* kept = row(task, from);
  HEARTH_CHECK(kept != nullptr && !kept->passedOn, "a checkpoint is passed on once");
  kept->passedOn = true;
  m_changes.push_back(*kept);
  put(task, to, Checkpoint(kept->checkpoint));
}

void Checkpoints::discard(TaskId task, AttemptId attempt) {
  const auto position = m_tasks.find(task);
  if (position == m_tasks.end()) return;
  if (std::erase_if(position->second, [&](const CheckpointPut& each) { return each.attempt == attempt; }) == 0) return;
  if (position->second.empty()) m_tasks.erase(position);
  m_changes.push_back(CheckpointDrop{task, attempt});
}

void Checkpoints::drop(TaskId task) {
  if (m_tasks.erase(task) > 0) m_changes.push_back(CheckpointDrop{task, {}});
}

void Checkpoints::endBatch(BatchId batch) {
  const auto first = m_tasks.lower_bound({batch, 0});
  const bool named = !m_ended.empty() && m_ended.back() == batch;
  if (!named && first != m_tasks.end() && first->first.batch == batch) m_ended.push_back(batch);
}

bool Checkpoints::dropSome(std::size_t most) {
  for (std::size_t dropped = 0; dropped < most && !m_ended.empty(); ++dropped) {
    const auto first = m_tasks.lower_bound({m_ended.back(), 0});
    if (first == m_tasks.end() || first->first.batch != m_ended.back()) {
      m_ended.pop_back();
      continue;
    }
    m_changes.push_back(CheckpointDrop{first->first, {}});
    m_tasks.erase(first);
  }
  return !m_ended.empty();
}

}  // namespace hearth::core
