// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "sandbox/cgroup.h"
#include "sandbox/executor.h"
#include "sandbox/init_protocol.h"
#include "sandbox/launch.h"
#include "sandbox/memory_kills.h"
#include "sandbox/processes.h"
#include "sandbox/stream_file.h"

namespace hearth::sandbox {

/// Everything that a run holds while it is under way.
struct RunParts {
  Launched launched;
  StreamFile output, error;
  std::optional<TaskCgroup> group;
  std::filesystem::path work;
  std::uint64_t workBytesBefore = 0;
  bool exactOutput = false;
  std::uint64_t memoryBytes = 0, diskBytes = 0, fileBytes = 0;
  std::uint32_t processes = 0;
  Duration time;
  bool background = true;
  bool checkpoints = false;
  bool hasNamespaces = true;  ///< false: the guardian is what was launched, and its descendants are the task
  std::filesystem::path package;
  std::filesystem::path kernelCounters;
};

/// Which file a checkpoint is: another one took its place when this changed.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::int64_t changedNanos = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// One run, from the fork to the last process's end: reads what comes from it, watches its limits, freezes and ends it.
/// Belongs to the executor's thread and never blocks it.
class ActiveRun {
 public:
  ActiveRun(RunParts parts, Clock::time_point now);

  /// Adds what the run waits for.
  void addPolls(std::vector<pollfd>& polls, Clock::time_point now) const;
  /// When it wants to be served though nothing happened.
  Clock::time_point nextWake(Clock::time_point now) const;
  /// Takes in what happened.
  void serve(Clock::time_point now);

  void freeze(Clock::time_point now);
  void thaw(Clock::time_point now);
  /// Asks the program for its state.
  void checkpoint(Clock::time_point now);
  /// True once after each new checkpoint file was seen.
  bool takeCheckpoint();
  /// So long nobody ran, neither the agent nor the task: it counts for nothing.
  void forget(Clock::duration standstill);
  /// Ends it; the first reason counts.
  void stop(ExitKind kind, std::string reason, Clock::time_point now);

  /// Whether no process of the task is left: the moment to finish. Pid 1 and bubblewrap may still be leaving, for which
  /// the kernel takes some milliseconds and the receiver need not wait.
  bool isOver() const { return m_gone || m_ended.has_value(); }
  /// Whether pid 1 and bubblewrap are gone too: the moment to let go of this object.
  bool isGone() const { return m_gone; }
  Usage usage(Clock::time_point now) const;
  /// Closes the streams and says how it ended. Once, when it is over.
  RunEnd finish(Clock::time_point now);

 private:
  struct Verdict {
    ExitKind kind;
    std::string reason;
  };

  void readStatus(Clock::time_point now);
  void readErrors();
  void begin(Clock::time_point now);
  bool findInit(Clock::time_point now);
  void lookInside(Clock::time_point now);
  void reapBubblewrap();
  void checkGone(Clock::time_point now);
  void watch(Clock::time_point now);
  void watchMemory(const ProcessSample& sample, Clock::time_point now);
  void watchDisk(Clock::time_point now);
  void watchCheckpoint(Clock::time_point now);
  void watchStreams(Clock::time_point now);
  void pressStop(Clock::time_point now);
  std::string diskExcess() const;
  Clock::duration activeTime(Clock::time_point now) const;
  bool isFrozen() const { return m_frozenSince.has_value(); }
  Verdict startFailure() const;
  Verdict programEnd() const;
  std::optional<Verdict> limitPassed() const;

  RunParts m_parts;
  std::optional<SandboxProcesses> m_processes;
  UniqueFd m_init;  ///< pidfd of the sandbox's pid 1
  pid_t m_initPid = -1;
  std::optional<HearthInitMessage> m_failed, m_ended;
  bool m_started = false, m_reaped = false, m_gone = false, m_initLost = false;
  std::string m_errors;  ///< what bubblewrap said
  std::optional<Verdict> m_verdict;

  Clock::time_point m_begun;
  std::optional<Clock::time_point> m_frozenSince, m_stopping;
  bool m_killed = false, m_abandoned = false;
  Clock::duration m_frozen{};
  Clock::time_point m_nextWatch, m_nextDisk, m_nextProportional;
  MemoryKills m_memoryKills;
  int m_overMemory = 0;
  std::optional<FileIdentity> m_checkpoint;  ///< the file seen last
  Clock::time_point m_checkpointUntil;       ///< asked for a moment ago: looked for often until then
  bool m_newCheckpoint = false;
  Usage m_usage;
};

}  // namespace hearth::sandbox
