// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "base/time.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// What a task may use, as the kernel's groups are told.
struct CgroupLimits {
  std::uint64_t memoryBytes = 0;
  std::uint32_t processors = 1;
  std::uint32_t processes = 0;
};

/// One task's control group (v2): `task-N` with the limits, where bubblewrap and pid 1 are, and `task-N/run` where the
/// program is. Only `run` is frozen, so that pid 1 still ends everything when the agent dies meanwhile.
/// Destroying it removes the folders, which works when nothing is left in them.
class TaskCgroup {
 public:
  TaskCgroup(TaskCgroup&& other) noexcept;
  TaskCgroup& operator=(TaskCgroup&&) = delete;
  ~TaskCgroup();

  /// cgroup.procs of the outer group and of `run`: "0" written to it moves the writer in.
  int outerProcs() const { return m_outerProcs.number(); }
  int innerProcs() const { return m_innerProcs.number(); }
  bool freeze(bool frozen) const;
  void kill() const;
  bool ranOutOfMemory() const;
  bool ranOutOfProcesses() const;
  std::optional<std::uint64_t> memoryPeakBytes() const;
  std::optional<Duration> processor() const;

 private:
  friend class CgroupRoot;
  explicit TaskCgroup(std::filesystem::path folder) : m_folder(std::move(folder)) {}

  std::filesystem::path m_folder;
  UniqueFd m_outerProcs, m_innerProcs;
};

/// A part of the control group tree that is ours alone: given by name, or the agent's own group where its service
/// manager delegated it (systemd: Delegate=yes).
class CgroupRoot {
 public:
  /// Takes over `folder`. Fails with the reason in words for the volunteer.
  static Result<CgroupRoot> at(const std::filesystem::path& folder);
  /// The agent's own group: moves this process into its leaf `agent`, since a group with controllers may hold no
  /// process.
  static Result<CgroupRoot> own();

  /// Memory, processors and processes all enforced by the kernel.
  bool complete() const { return m_memory && m_processor && m_processes; }
  const std::string& missing() const { return m_missing; }
  Result<TaskCgroup> makeTask(const CgroupLimits& limits);

 private:
  explicit CgroupRoot(std::filesystem::path folder) : m_folder(std::move(folder)) {}
  void enableControllers();
  void removeLeftOver() const;

  std::filesystem::path m_folder;
  bool m_memory = false, m_processor = false, m_processes = false;
  std::string m_missing;
  std::uint64_t m_next = 1;
};

/// `folder` if it is named, else the agent's own group, for which systemd is asked where it is not delegated yet and
/// `busctl` is named (cgroup_scope.h).
Result<CgroupRoot> findGroup(const std::filesystem::path& folder, const std::filesystem::path& busctl);
/// Why the kernel does not enforce all limits, in words for the volunteer; empty: it does.
std::string groupLimitation(const Result<CgroupRoot>& found);

}  // namespace hearth::sandbox
