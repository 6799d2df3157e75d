// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/active_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/exit_words.h"
#include "sandbox/orphans.h"

namespace hearth::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr auto kWatchEvery = 100ms;
constexpr auto kWatchSoon = 20ms;   // above half of the memory limit
constexpr auto kWatchAgain = 10ms;  // above all of it: seen so often in a row before it counts
constexpr int kOverMemoryCount = 3;
constexpr auto kProportionalEvery = 250ms;
constexpr auto kDiskEvery = 200ms;
constexpr auto kDiskSeldom = 10s;
constexpr int kDiskShare = 20;  // a walk may take one part in so many of the time
constexpr auto kFrozenEvery = 500ms;
constexpr auto kCheckpointEvery = 5ms;  // one that was asked for is awaited, perhaps to freeze the task
constexpr auto kCheckpointPatience = 3s;
constexpr auto kLookPatience = 5s;   // from the start
constexpr auto kLostPatience = 1s;   // as well
constexpr auto kKillAfter = 2s;      // of waiting for the lifeline to do it
constexpr auto kAbandonAfter = 15s;  // a process that hangs in the kernel
constexpr std::size_t kErrorBytes = 4096;
/// What must stay free on the disk of the task's folder, whoever fills it.
constexpr std::uint64_t kReserveBytes = 64 * limits::kMiB;

bool isReadable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

Duration toDuration(Clock::duration length) {
  return Duration::microseconds(std::chrono::duration_cast<std::chrono::microseconds>(length).count());
}

/// The pid in bubblewrap's {"child-pid": N, ...}.
pid_t childPid(std::string_view info) {
  constexpr std::string_view key = "\"child-pid\":";
  auto at = info.find(key);
  if (at == std::string_view::npos) return -1;
  at = info.find_first_of("0123456789", at + key.size());
  pid_t pid = -1;
  if (at != std::string_view::npos) std::from_chars(info.data() + at, info.data() + info.size(), pid);
  return pid;
}

std::optional<FileIdentity> identityOf(const std::filesystem::path& file) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileIdentity{info.st_ino, info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

}  // namespace

ActiveRun::ActiveRun(RunParts parts, Clock::time_point now)
    : m_parts(std::move(parts)),
      m_begun(now),
      m_nextWatch(now + kWatchSoon),
      m_nextDisk(now + kDiskEvery),
      m_nextProportional(now),
      m_memoryKills(m_parts.kernelCounters),
      m_checkpoint(m_parts.checkpoints ? identityOf(m_parts.work / kCheckpointFile) : std::nullopt),
      m_checkpointUntil(now) {}

void ActiveRun::addPolls(std::vector<pollfd>& polls, Clock::time_point now) const {
  const auto add = [&polls](int fd) {
    if (fd >= 0) polls.push_back({fd, POLLIN, 0});
  };
  add(m_parts.launched.status.number());
  add(m_parts.launched.errors.number());
  if (!m_reaped) add(m_parts.launched.handle.number());
  if (m_reaped) add(m_init.number());
  if (now >= m_parts.output.notBefore()) add(m_parts.output.reader());
  if (now >= m_parts.error.notBefore()) add(m_parts.error.reader());
}

Clock::time_point ActiveRun::nextWake(Clock::time_point now) const {
  auto wake = m_stopping ? now + kWatchEvery : m_nextWatch;
  if (m_parts.checkpoints && now < m_checkpointUntil) wake = std::min(wake, now + kCheckpointEvery);
  if (!isFrozen() && !m_stopping) {
    wake = std::min(wake, now + std::chrono::microseconds(m_parts.time.micros) - activeTime(now));
  }
  for (const StreamFile* stream : {&m_parts.output, &m_parts.error}) {
    if (!stream->ended() && stream->notBefore() > now) wake = std::min(wake, stream->notBefore());
  }
  return wake;
}

void ActiveRun::serve(Clock::time_point now) {
  readErrors();
  readStatus(now);
  if (!isOver()) watchStreams(now);
  if (!isOver() && m_parts.checkpoints) watchCheckpoint(now);
  reapBubblewrap();
  checkGone(now);
  if (m_gone) return;
  if (m_ended && !m_stopping) m_stopping = now;
  if (m_stopping) {
    pressStop(now);
  } else if (toDuration(activeTime(now)) >= m_parts.time) {
    stop(ExitKind::kTimeLimit, "it ran longer than its limit of " + inWords(m_parts.time), now);
  } else if (now >= m_nextWatch) {
    watch(now);
  }
}

void ActiveRun::readErrors() {
  std::array<char, 1024> buffer;
  while (m_parts.launched.errors) {
    const ssize_t got = ::read(m_parts.launched.errors.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      m_parts.launched.errors.reset();
    } else if (m_errors.size() < kErrorBytes) {
      m_errors.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
}

void ActiveRun::readStatus(Clock::time_point now) {
  HearthInitMessage message{};
  while (m_parts.launched.status) {
    const ssize_t got = ::read(m_parts.launched.status.number(), &message, sizeof message);
    if (got < 0 && errno == EAGAIN) return;
    if (got != static_cast<ssize_t>(sizeof message)) {
      m_parts.launched.status.reset();
    } else if (message.kind == kInitStarted) {
      begin(now);
    } else if (message.kind == kInitFailed) {
      m_failed = message;
    } else if (message.kind == kInitEnded) {
      m_ended = message;
    }
  }
}

/// Finds the sandbox's first process; false where there is none any more.
bool ActiveRun::findInit(Clock::time_point now) {
  if (!m_parts.hasNamespaces) {
    m_initPid = m_parts.launched.pid;
    return !m_reaped;
  }
  std::array<char, 512> buffer;
  const ssize_t got = ::pread(m_parts.launched.info.number(), buffer.data(), buffer.size(), 0);
  m_parts.launched.info.reset();
  m_initPid = childPid({buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
  if (m_initPid <= 1) {
    stop(ExitKind::kHostFailed, "bubblewrap did not say which process is the sandbox's first", now);
    return false;
  }
  // A child of a process that was not reaped yet: no other process that got this number.
  const pid_t parent = parentOf(m_initPid);
  if (m_reaped || parent < 0) return false;  // ended already
  // Another one's child: it ended already, and its number was given away. Or it is not: then it must not go on
  // unwatched.
  m_initLost = parent != m_parts.launched.pid;
  return !m_initLost;
}

void ActiveRun::begin(Clock::time_point now) {
  m_started = true;
  if (!findInit(now)) return;
  m_init = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, m_initPid, 0)));
  if (!m_init) return;
  // Where sessions are scheduled as groups, the nice value counts only within the group: lower that of the task's too.
  if (m_parts.background) std::ofstream("/proc/" + std::to_string(m_initPid) + "/autogroup") << "19";
  lookInside(now);
}

/// Opens the sandbox's own /proc. One that is ending has none any more, and is given some time to have ended.
void ActiveRun::lookInside(Clock::time_point now) {
  auto processes = m_parts.hasNamespaces ? SandboxProcesses::open(m_initPid) : SandboxProcesses::below(m_initPid);
  if (isReadable(m_init.number())) return;  // its number may be another's by now
  if (processes) {
    m_processes = std::move(*processes);
    if (isFrozen()) freeze(now);
  } else if (now - m_begun > kLookPatience) {
    stop(ExitKind::kHostFailed, processes.error().message, now);
  }
}

void ActiveRun::reapBubblewrap() {
  if (m_reaped) return;
  siginfo_t ended{};
  const int found = ::waitid(P_PID, static_cast<id_t>(m_parts.launched.pid), &ended, WEXITED | WNOHANG | WNOWAIT);
  if (found == 0 && ended.si_pid == 0) return;
  if (found == 0) {
    // Not reaped yet, so its group's number is still its own: end what a killed bubblewrap left of its set-up.
    ::kill(-m_parts.launched.pid, SIGKILL);
    ::waitpid(m_parts.launched.pid, nullptr, 0);
  }
  m_reaped = true;
  m_parts.launched.lifeline.reset();
  readStatus(Clock::now());
  if (m_parts.hasNamespaces || m_ended) return;
  // The guardian was killed, or never began.
  if (m_parts.group) m_parts.group->kill();
  endOrphans(m_parts.package);
}

void ActiveRun::checkGone(Clock::time_point now) {
  if (!m_reaped) return;
  readStatus(now);
  m_gone = m_gone || (!m_parts.launched.status && (!m_init || isReadable(m_init.number())));
  if (!m_gone && !m_stopping) m_stopping = now;
}

void ActiveRun::watch(Clock::time_point now) {
  if (isFrozen() && (m_processes || !m_init)) {
    if (m_processes && !m_parts.group) m_processes->stopAll();  // what another one woke before it was stopped itself
    m_nextWatch = now + kFrozenEvery;
    return;
  }
  m_nextWatch = now + (m_processes ? kWatchEvery : kWatchSoon);
  if (!m_processes && m_init) lookInside(now);
  if (m_initLost && now - m_begun > kLostPatience) {
    return stop(ExitKind::kHostFailed, "the sandbox's first process is not where it should be", now);
  }
  if (!m_processes) return;
  const ProcessSample sample = m_processes->sample();
  m_usage.processor = std::max(m_usage.processor, sample.processor);
  m_usage.memoryPeakBytes = std::max(m_usage.memoryPeakBytes, std::min(sample.memoryBytes, m_parts.memoryBytes));
  if (sample.tasks > m_parts.processes) {
    return stop(ExitKind::kProcessLimit,
                "it had more than " + std::to_string(m_parts.processes) + " processes and threads at once", now);
  }
  watchMemory(sample, now);
  if (now >= m_nextDisk && !m_stopping) watchDisk(now);
}

void ActiveRun::watchMemory(const ProcessSample& sample, Clock::time_point now) {
  if (sample.memoryBytes <= m_parts.memoryBytes) {
    m_overMemory = 0;
    if (sample.memoryBytes > m_parts.memoryBytes / 2) m_nextWatch = now + kWatchSoon;
    return;
  }
  // Between vfork and exec two processes show one memory: it must be there several times in a row.
  m_nextWatch = now + kWatchAgain;
  if (++m_overMemory < kOverMemoryCount || now < m_nextProportional) return;
  m_nextProportional = now + kProportionalEvery;
  const std::uint64_t bytes = m_processes->proportionalBytes();
  if (bytes <= m_parts.memoryBytes) return;
  m_usage.memoryPeakBytes = std::max(m_usage.memoryPeakBytes, bytes);
  stop(ExitKind::kMemoryLimit,
       "it used " + inWords(bytes) + " of memory, more than its limit of " + inWords(m_parts.memoryBytes), now);
}

std::string ActiveRun::diskExcess() const {
  const auto use = measureFolder(m_parts.work);
  if (!use) return use.error().message;
  if (!use->refusal.empty()) return "its folder cannot be kept: " + use->refusal;
  std::uint64_t bytes = use->bytes;
  struct stat info {};
  if (m_processes && ::stat(m_parts.work.c_str(), &info) == 0) bytes += m_processes->removedFileBytes(info.st_dev);
  if (bytes <= m_parts.workBytesBefore + m_parts.diskBytes) return {};
  return "it wrote " + inWords(bytes - m_parts.workBytesBefore) + ", more than its limit of " +
         inWords(m_parts.diskBytes);
}

void ActiveRun::watchDisk(Clock::time_point now) {
  m_memoryKills.look();
  const auto before = Clock::now();
  const std::string excess = diskExcess();
  const Clock::duration took = Clock::now() - before;
  m_nextDisk = now + std::clamp<Clock::duration>(took * kDiskShare, kDiskEvery, kDiskSeldom);
  if (!excess.empty()) return stop(ExitKind::kDiskLimit, excess, now);
  struct statvfs disk {};
  if (::statvfs(m_parts.work.c_str(), &disk) == 0 && disk.f_bavail * disk.f_frsize < kReserveBytes) {
    stop(ExitKind::kHostFailed, "the disk of this machine is full", now);
  }
}

void ActiveRun::watchStreams(Clock::time_point now) {
  for (StreamFile* stream : {&m_parts.output, &m_parts.error}) {
    if (!stream->ended() && now >= stream->notBefore()) stream->drain(now);
    if (stream->failedToWrite()) {
      stop(ExitKind::kHostFailed, "what the task printed could not be written: the disk of this machine is full", now);
    }
  }
  if (m_parts.exactOutput && m_parts.output.passedLimit()) {
    stop(ExitKind::kDiskLimit, "its standard output, a declared output, grew over its limit", now);
  }
}

void ActiveRun::watchCheckpoint(Clock::time_point now) {
  if (now >= m_checkpointUntil && now < m_nextWatch) return;
  auto seen = identityOf(m_parts.work / kCheckpointFile);
  if (!seen || seen == m_checkpoint) return;
  m_checkpoint = seen;
  m_checkpointUntil = now;
  m_newCheckpoint = true;
}

bool ActiveRun::takeCheckpoint() { return std::exchange(m_newCheckpoint, false); }

void ActiveRun::checkpoint(Clock::time_point now) {
  if (!m_parts.checkpoints || m_stopping || !m_parts.launched.lifeline) return;
  const char order = kLifelineCheckpoint;
  // An empty pipe takes a byte at once; a full one means that it was asked often enough.
  if (::write(m_parts.launched.lifeline.number(), &order, 1) != 1) return;
  m_checkpointUntil = now + kCheckpointPatience;
}

void ActiveRun::freeze(Clock::time_point now) {
  if (!m_frozenSince) m_frozenSince = now;
  const bool byGroup = m_parts.group && m_parts.group->freeze(true);
  if (!byGroup && m_processes) m_processes->stopAll();
  m_nextWatch = now + (m_processes || !m_init ? kFrozenEvery : kWatchSoon);
}

void ActiveRun::thaw(Clock::time_point now) {
  if (!m_frozenSince) return;
  m_frozen += now - *m_frozenSince;
  m_frozenSince.reset();
  const bool byGroup = m_parts.group && m_parts.group->freeze(false);
  if (!byGroup && m_processes && !m_stopping) m_processes->continueAll();
  m_nextWatch = now + kWatchSoon;
}

void ActiveRun::forget(Clock::duration standstill) {
  m_begun += standstill;
  if (m_frozenSince) *m_frozenSince += standstill;
  if (m_stopping) *m_stopping += standstill;
}

void ActiveRun::stop(ExitKind kind, std::string reason, Clock::time_point now) {
  if (isOver() || m_verdict) return;
  m_verdict = Verdict{kind, std::move(reason)};
  if (!m_stopping) m_stopping = now;
  m_parts.launched.lifeline.reset();
}

void ActiveRun::pressStop(Clock::time_point now) {
  const auto waited = now - *m_stopping;
  if (waited > kKillAfter && !m_killed) {
    m_killed = true;
    if (m_parts.group) m_parts.group->kill();
    if (m_processes) m_processes->killAll();
    if (!m_reaped) ::kill(-m_parts.launched.pid, SIGKILL);
  }
  if (waited > kAbandonAfter && !m_gone) m_gone = m_abandoned = true;
}

Clock::duration ActiveRun::activeTime(Clock::time_point now) const {
  const auto frozen = m_frozenSince ? m_frozen + (now - *m_frozenSince) : m_frozen;
  return now - m_begun - frozen;
}

Usage ActiveRun::usage(Clock::time_point now) const {
  Usage usage = m_usage;
  usage.wall = toDuration(activeTime(now));
  return usage;
}

}  // namespace hearth::sandbox
