// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/processes.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hearth::sandbox {
namespace {

constexpr int kStopPasses = 100;
constexpr std::size_t kMostProcesses = 65'536;
constexpr std::uint64_t kInodeBytes = 1024;  // about what the kernel keeps for a file of a tmpfs
/// Address space beyond this is looked at for page tables, which are no resident memory and yet memory.
constexpr std::uint64_t kLargeSpaceBytes = 16ULL << 30;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder openFolder(int at, const char* path) {
  const int fd = ::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  DIR* folder = ::fdopendir(fd);
  if (folder == nullptr) ::close(fd);
  return Folder(folder);
}

bool isNumber(const char* text) { return text[0] >= '1' && text[0] <= '9'; }

/// The start of a small file of /proc, or empty when the process is gone.
template <std::size_t N>
std::string_view readStart(int at, const std::string& path, std::array<char, N>& buffer) {
  const UniqueFd file(::openat(at, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
  return got > 0 ? std::string_view(buffer.data(), static_cast<std::size_t>(got)) : std::string_view();
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The figure, in kB, that stands behind `key` ("VmPTE:").
std::uint64_t kibOf(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  return at == std::string_view::npos ? 0 : number(text.substr(at + key.size())) * 1024;
}

/// What /proc/N/stat says, from its third field on (proc(5)).
struct Stat {
  char state = '?';
  std::uint64_t ticks = 0;  ///< own and those of reaped children
  std::uint64_t threads = 0, spaceBytes = 0, residentBytes = 0;
};

bool parseStat(std::string_view text, Stat& stat) {
  const auto name = text.rfind(')');  // the name may hold anything, a ')' too
  if (name == std::string_view::npos || name + 2 >= text.size()) return false;
  text.remove_prefix(name + 2);
  stat.state = text.front();
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  for (int field = 3; !text.empty(); ++field) {
    if (field >= 14 && field <= 17) stat.ticks += number(text);
    if (field == 20) stat.threads = number(text);
    if (field == 23) stat.spaceBytes = number(text);
    if (field == 24) stat.residentBytes = number(text) * page;
    const auto space = text.find(' ');
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return true;
}

/// The memory of a process whose first thread has ended while others go on: /proc/N/stat shows none, a thread's does.
std::uint64_t memoryByThread(int proc, const std::string& process) {
  const Folder threads = openFolder(proc, (process + "/task").c_str());
  if (!threads) return 0;
  std::array<char, 1024> buffer;
  while (const dirent* entry = ::readdir(threads.get())) {
    if (!isNumber(entry->d_name)) continue;
    Stat stat;
    if (parseStat(readStart(proc, process + "/task/" + entry->d_name + "/stat", buffer), stat) &&
        stat.residentBytes > 0) {
      return stat.residentBytes;
    }
  }
  return 0;
}

std::uint64_t temporaryBytes(const UniqueFd& folder) {
  struct statfs info {};
  if (!folder || ::fstatfs(folder.number(), &info) != 0) return 0;
  return (info.f_blocks - info.f_bfree) * static_cast<std::uint64_t>(info.f_bsize) +
         (info.f_files - info.f_ffree) * kInodeBytes;
}

bool isFull(const UniqueFd& folder) {
  struct statfs info {};
  return folder && ::fstatfs(folder.number(), &info) == 0 && info.f_blocks > 0 && info.f_bfree == 0;
}

}  // namespace

pid_t parentOf(pid_t pid) {
  std::array<char, 1024> buffer;
  const std::string_view text = readStart(AT_FDCWD, "/proc/" + std::to_string(pid) + "/stat", buffer);
  const auto name = text.rfind(')');  // the name may hold anything, a ')' too
  if (name == std::string_view::npos || name + 4 >= text.size()) return -1;
  return static_cast<pid_t>(number(text.substr(name + 4)));
}

bool seesGuardians() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool hidden = ::prctl(PR_SET_DUMPABLE, 0) == 0 && ::write(ends[1], "h", 1) == 1;
    while (hidden) ::pause();
    ::_exit(1);
  }
  if (child < 0) return false;
  writer.reset();
  char byte = 0;
  const bool isThere = ::read(reader.number(), &byte, 1) == 1;
  const bool isSeen = isThere && parentOf(child) == ::getpid();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return isSeen;
}

Result<SandboxProcesses> SandboxProcesses::open(pid_t init) {
  const std::string root = "/proc/" + std::to_string(init) + "/root";
  SandboxProcesses processes;
  processes.m_proc = UniqueFd(::open((root + "/proc").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs info {};
  if (!processes.m_proc || ::fstatfs(processes.m_proc.number(), &info) != 0 || info.f_type != PROC_SUPER_MAGIC) {
    return fail(ErrorCode::kIo, std::string("cannot look into the sandbox: ") + std::strerror(errno),
                "A security module keeps the agent from reading /proc of its own tasks; allow it that.");
  }
  processes.m_temporary = UniqueFd(::open((root + "/tmp").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  processes.m_shared = UniqueFd(::open((root + "/dev/shm").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return processes;
}

Result<SandboxProcesses> SandboxProcesses::below(pid_t guardian) {
  SandboxProcesses processes;
  processes.m_proc = UniqueFd(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  processes.m_first = std::to_string(guardian);
  processes.m_wholeProc = false;
  const std::string children = processes.m_first + "/task/" + processes.m_first + "/children";
  if (!processes.m_proc || ::faccessat(processes.m_proc.number(), children.c_str(), R_OK, 0) != 0) {
    return fail(ErrorCode::kUnsupported,
                "cannot see which processes belong to a task: /proc/PID/task/PID/children is not there",
                "Mount /proc without hidepid, on a kernel that is built with CONFIG_PROC_CHILDREN.");
  }
  return processes;
}

/// Breadth first from the guardian.
std::vector<std::string> SandboxProcesses::descendants() const {
  std::vector<std::string> all{m_first};
  std::array<char, 4096> buffer;
  for (std::size_t at = 0; at < all.size(); ++at) {
    const Folder threads = openFolder(m_proc.number(), (all[at] + "/task").c_str());
    while (const dirent* entry = threads ? ::readdir(threads.get()) : nullptr) {
      if (!isNumber(entry->d_name)) continue;
      const UniqueFd file(
          ::openat(::dirfd(threads.get()), (std::string(entry->d_name) + "/children").c_str(), O_RDONLY | O_CLOEXEC));
      std::string text;
      for (ssize_t got = 0; file && (got = ::read(file.number(), buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(got));
      }
      std::istringstream children(text);
      for (std::string child; children >> child && all.size() < kMostProcesses;) all.push_back(child);
    }
  }
  return all;
}

std::vector<std::string> SandboxProcesses::list() const {
  if (!m_wholeProc) return descendants();
  std::vector<std::string> all;
  const Folder folder = openFolder(m_proc.number(), ".");
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    if (isNumber(entry->d_name)) all.emplace_back(entry->d_name);
  }
  return all;
}

ProcessSample SandboxProcesses::sample() const {
  ProcessSample sum;
  std::uint64_t ticks = 0;
  std::array<char, 4096> buffer;
  for (const std::string& process : list()) {
    Stat stat;
    if (!parseStat(readStart(m_proc.number(), process + "/stat", buffer), stat)) continue;
    ticks += stat.ticks;
    if (isFirst(process)) continue;
    sum.tasks += static_cast<std::uint32_t>(stat.threads);
    sum.memoryBytes +=
        stat.state == 'Z' && stat.threads > 1 ? memoryByThread(m_proc.number(), process) : stat.residentBytes;
    if (stat.spaceBytes > kLargeSpaceBytes) {
      sum.memoryBytes += kibOf(readStart(m_proc.number(), process + "/status", buffer), "VmPTE:");
    }
  }
  sum.memoryBytes += temporaryBytes(m_temporary) + temporaryBytes(m_shared);
  static const long ticksPerSecond = ::sysconf(_SC_CLK_TCK);
  sum.processor = Duration::microseconds(static_cast<std::int64_t>(ticks) * 1'000'000 / ticksPerSecond);
  return sum;
}

std::uint64_t SandboxProcesses::proportionalBytes() const {
  std::uint64_t sum = temporaryBytes(m_temporary) + temporaryBytes(m_shared);
  std::array<char, 4096> buffer;
  for (const std::string& process : list()) {
    if (isFirst(process)) continue;
    const std::uint64_t proportional = kibOf(readStart(m_proc.number(), process + "/smaps_rollup", buffer), "\nPss:");
    Stat stat;
    if (proportional != 0) {
      sum += proportional;
    } else if (parseStat(readStart(m_proc.number(), process + "/stat", buffer), stat)) {
      sum += stat.state == 'Z' && stat.threads > 1 ? memoryByThread(m_proc.number(), process) : stat.residentBytes;
    }
    sum += kibOf(readStart(m_proc.number(), process + "/status", buffer), "VmPTE:");
  }
  return sum;
}

/// Whether it is the guardian or still below it: the number may be another's by now.
bool SandboxProcesses::descends(const std::string& process) const {
  std::string at = process;
  for (std::size_t steps = 0; steps < kMostProcesses && at != m_first; ++steps) {
    const pid_t parent = parentOf(static_cast<pid_t>(number(at)));
    if (parent <= 1) return false;
    at = std::to_string(parent);
  }
  return true;
}

void SandboxProcesses::signal(const std::string& process, int number) const {
  // The folder of a process in /proc stands for it as a pidfd does, so a reused process id is never hit.
  const UniqueFd folder(::openat(m_proc.number(), process.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!m_wholeProc && !descends(process)) return;
  if (folder) ::syscall(SYS_pidfd_send_signal, folder.number(), number, nullptr, 0);
}

void SandboxProcesses::stopAll() const {
  std::set<std::string> stopped;
  bool found = true;
  for (int pass = 0; found && pass < kStopPasses; ++pass) {
    found = false;
    for (const std::string& process : list()) {
      if (isFirst(process) || !stopped.insert(process).second) continue;
      signal(process, SIGSTOP);
      found = true;
    }
  }
}

void SandboxProcesses::continueAll() const {
  for (const std::string& process : list()) {
    if (!isFirst(process)) signal(process, SIGCONT);
  }
}

void SandboxProcesses::killAll() const {
  if (!m_wholeProc) {
    for (const std::string& process : list()) signal(process, SIGKILL);
  }
  signal(m_first, SIGKILL);
}

std::uint64_t SandboxProcesses::removedFileBytes(dev_t device) const {
  std::set<ino_t> seen;
  std::uint64_t sum = 0;
  for (const std::string& process : list()) {
    const Folder files = isFirst(process) ? nullptr : openFolder(m_proc.number(), (process + "/fd").c_str());
    while (const dirent* entry = files ? ::readdir(files.get()) : nullptr) {
      struct stat info {};
      if (entry->d_name[0] == '.' || ::fstatat(::dirfd(files.get()), entry->d_name, &info, 0) != 0) continue;
      if (!S_ISREG(info.st_mode) || info.st_nlink != 0 || info.st_dev != device || !seen.insert(info.st_ino).second)
        continue;
      sum += static_cast<std::uint64_t>(info.st_blocks) * 512;
    }
  }
  return sum;
}

bool SandboxProcesses::temporaryFull() const { return isFull(m_temporary) || isFull(m_shared); }

}  // namespace hearth::sandbox
