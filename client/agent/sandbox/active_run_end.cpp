// SPDX-License-Identifier: GPL-3.0-or-later
// How a run ended: what process 1 reported, what the watch found, and what neither saw.
#include <algorithm>
#include <csignal>
#include <cstring>

#include <sys/wait.h>

#include "sandbox/active_run.h"
#include "sandbox/exit_words.h"

namespace hearth::sandbox {

RunEnd ActiveRun::finish(Clock::time_point now) {
  m_parts.output.close();
  m_parts.error.close();
  m_usage = usage(now);
  if (m_ended) {
    m_usage.processor =
        std::max(m_usage.processor, Duration::microseconds(static_cast<std::int64_t>(m_ended->processorMicros)));
    m_usage.memoryPeakBytes = std::max(m_usage.memoryPeakBytes, m_ended->peakBytes);
  }
  if (m_parts.group) {
    m_usage.processor = std::max(m_usage.processor, m_parts.group->processor().value_or(Duration{}));
    m_usage.memoryPeakBytes = std::max(m_usage.memoryPeakBytes, m_parts.group->memoryPeakBytes().value_or(0));
  }
  Verdict verdict{ExitKind::kOk, {}};
  if (m_abandoned) {
    verdict = {ExitKind::kHostFailed, "a process of the task hangs in this machine's kernel and cannot be ended"};
  } else if (m_verdict) {
    verdict = *m_verdict;
  } else if (auto passed = limitPassed()) {
    verdict = std::move(*passed);
  } else {
    verdict = m_ended && m_ended->waitStatus != -1 && !m_failed ? programEnd() : startFailure();
  }
  RunEnd end{verdict.kind, 0, std::move(verdict.reason), m_usage};
  if (m_ended && m_ended->waitStatus != -1) {
    end.exitCode = WIFSIGNALED(m_ended->waitStatus) ? WTERMSIG(m_ended->waitStatus) : WEXITSTATUS(m_ended->waitStatus);
  }
  return end;
}

/// What the watch may have been too slow to see.
std::optional<ActiveRun::Verdict> ActiveRun::limitPassed() const {
  if (m_parts.group && m_parts.group->ranOutOfMemory()) {
    return Verdict{ExitKind::kMemoryLimit, "it used more memory than its limit of " + inWords(m_parts.memoryBytes)};
  }
  if (!m_ended || m_failed) return std::nullopt;
  const bool failed = m_ended->waitStatus != 0;
  if (m_ended->tasksAtEnd >= m_parts.processes || (failed && m_parts.group && m_parts.group->ranOutOfProcesses())) {
    return Verdict{ExitKind::kProcessLimit,
                   "it had more than " + std::to_string(m_parts.processes) + " processes and threads at once"};
  }
  if (failed && m_usage.memoryPeakBytes > m_parts.memoryBytes) {
    return Verdict{ExitKind::kMemoryLimit, "it used " + inWords(m_usage.memoryPeakBytes) +
                                               " of memory, more than its limit of " + inWords(m_parts.memoryBytes)};
  }
  if (m_parts.exactOutput && m_parts.output.passedLimit()) {
    return Verdict{ExitKind::kDiskLimit, "its standard output, a declared output, grew over its limit"};
  }
  if (std::string excess = diskExcess(); !excess.empty()) return Verdict{ExitKind::kDiskLimit, std::move(excess)};
  if (failed && m_processes && m_processes->temporaryFull()) {
    return Verdict{ExitKind::kDiskLimit, "it failed after it had filled /tmp, which is held in memory"};
  }
  return std::nullopt;
}

ActiveRun::Verdict ActiveRun::programEnd() const {
  const int status = m_ended->waitStatus;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {ExitKind::kOk, {}};
  if (WIFEXITED(status)) return {ExitKind::kExitCode, "it ended with exit code " + std::to_string(WEXITSTATUS(status))};
  const int signal = WTERMSIG(status);
  if (signal == SIGXFSZ)
    return {ExitKind::kDiskLimit, "it wrote a file larger than its limit of " + inWords(m_parts.fileBytes)};
  if (signal == SIGXCPU)
    return {ExitKind::kTimeLimit, "a process of it used more processor time than its limits allow"};
  if (signal == SIGKILL && m_memoryKills.wereThere())
    return {ExitKind::kHostFailed, "this machine ran out of memory, and its kernel ended the task to save the rest"};
  return {ExitKind::kSignal, signalInWords(signal)};
}

ActiveRun::Verdict ActiveRun::startFailure() const {
  if (m_failed && m_failed->stage == kStageProgram) {
    return {ExitKind::kExitCode, std::string("its program cannot be started: ") + std::strerror(m_failed->error) +
                                     ". Is it in the package, marked as executable, with its loader and libraries?"};
  }
  if (m_failed) return {ExitKind::kHostFailed, stageInWords(m_failed->stage) + ": " + std::strerror(m_failed->error)};
  if (m_started)
    return {ExitKind::kHostFailed, "the sandbox was ended from outside, perhaps for want of memory on this machine"};
  if (!m_parts.hasNamespaces) return {ExitKind::kHostFailed, "the task's guardian ended without a word"};
  return {ExitKind::kHostFailed, bubblewrapInWords(m_errors)};
}

}  // namespace hearth::sandbox
