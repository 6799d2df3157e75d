// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/transfer/blob_cache.h"
#include "agent/transfer/server_link.h"
#include "agent_core/task_plan.h"
#include "base/ids.h"
#include "base/result.h"
#include "model/attempt.h"
#include "wire/agent.h"

namespace hearth::agent {

/// The folder of one attempt: work/ is the task's, the rest is ours. A plain value; one thread works on an attempt at a
/// time.
class TaskFolder {
 public:
  TaskFolder(const std::filesystem::path& tasks, AttemptId attempt) : m_folder(tasks / std::to_string(attempt.value)) {}

  const std::filesystem::path& folder() const { return m_folder; }
  std::filesystem::path work() const { return m_folder / "work"; }
  std::filesystem::path standardOutput() const { return m_folder / "stdout"; }
  std::filesystem::path standardError() const { return m_folder / "stderr"; }
  /// Where collected outputs lie, each named by its digest.
  std::filesystem::path results() const { return m_folder / "results"; }

  /// Makes the folder anew with the inputs in their places: copies, since the task may write to them. The state that
  /// the task wrote before, here or on another host, is put where it looks for it; what cannot be had or is spoilt is
  /// left out, and the task starts afresh.
  Result<void> prepare(const TaskPlan& plan, const wire::AssignedAttempt& assigned, BlobCache& cache, ServerLink& link,
                       const std::atomic<bool>& cancelled) const;

  /// Copies the state that the task has written out of its reach, durably, in the place of the one before.
  Result<Checkpoint> keepCheckpoint() const;
  std::filesystem::path keptCheckpoint(const Digest& digest) const { return checkpoints() / digest.hex(); }

  /// A hashed output or stream.
  Result<FileRef> keep(const std::filesystem::path& file, const std::string& path) const;
  /// Empties results/ before a collection.
  Result<void> clearResults() const;

 private:
  std::filesystem::path checkpoints() const { return m_folder / "checkpoints"; }
  /// The newest whose bytes are as they were when it was kept.
  std::optional<Digest> soundCheckpoint() const;
  Result<void> placeCheckpoint(const wire::AssignedAttempt& assigned, BlobCache& cache, ServerLink& link,
                               const std::atomic<bool>& cancelled) const;
  Result<void> clearAllButCheckpoints() const;

  std::filesystem::path m_folder;
};

/// Removes the folders of attempts that are not among `known`: leftovers of a crash.
Result<std::size_t> sweepTaskFolders(const std::filesystem::path& tasks, const std::vector<AttemptId>& known);

}  // namespace hearth::agent
