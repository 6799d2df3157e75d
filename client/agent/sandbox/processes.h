// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "base/time.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// The parent of a process of this machine; -1: it is gone.
pid_t parentOf(pid_t pid);

/// Whether /proc shows us a process of our user that we may not trace, which a guardian is (hidepid).
bool seesGuardians();

/// All processes of one sandbox at one moment, pid 1 left out of the counts.
struct ProcessSample {
  std::uint64_t memoryBytes = 0;  ///< resident memory and page tables of all, and what lies in the sandbox's tmpfs
  std::uint32_t tasks = 0;        ///< processes and threads
  Duration processor;
};

/// The processes of one sandbox. With namespaces, seen through the sandbox's own /proc: a complete list, whatever the
/// task does to its parents and sessions. Holds the folder open, so it never sees another sandbox that got the same
/// process ids. Without, all that descends from the guardian, which adopts what loses its parent.
/// Used by the executor's thread.
class SandboxProcesses {
 public:
  /// `init` is pid 1 of the sandbox as this machine numbers it; its mounts are complete when it has reported in.
  static Result<SandboxProcesses> open(pid_t init);

  /// Without namespaces: what descends from `guardian`, a child of ours that is not reaped yet.
  static Result<SandboxProcesses> below(pid_t guardian);

  ProcessSample sample() const;
  /// Proportional memory: pages shared by a fork are counted once. Reads every page table: for confirming only.
  std::uint64_t proportionalBytes() const;
  /// SIGSTOP to everything but pid 1, until a pass finds nothing new. SIGSTOP cannot be caught, blocked or, from
  /// inside, undone by anything that is stopped itself.
  void stopAll() const;
  void continueAll() const;
  /// SIGKILL to everything, pid 1 too: where it does not end by itself.
  void killAll() const;
  /// Bytes of files that were removed while a process holds them open, on the file system `device`.
  std::uint64_t removedFileBytes(dev_t device) const;
  /// Whether /tmp or /dev/shm has no block left.
  bool temporaryFull() const;

 private:
  SandboxProcesses() = default;
  std::vector<std::string> list() const;
  std::vector<std::string> descendants() const;
  void signal(const std::string& process, int number) const;
  bool descends(const std::string& process) const;
  bool isFirst(const std::string& process) const { return process == m_first; }

  std::string m_first = "1";
  bool m_wholeProc = true;
  UniqueFd m_proc, m_temporary, m_shared;
};

}  // namespace hearth::sandbox
