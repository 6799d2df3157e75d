// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/orphans.h"

#include <charconv>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/processes.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr int kPasses = 200;  // against one that forks faster than it is found
constexpr std::size_t kMostPrograms = 1'000'000;

struct Found {
  pid_t parent = 0;
  bool isTask = false;
  UniqueFd folder;  ///< in /proc: stands for the process, whoever gets its number
};

using Programs = std::set<std::pair<dev_t, ino_t>>;

Programs programsBelow(const fs::path& packages) {
  Programs programs;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(packages, ignored)) {
    struct stat info {};
    if (programs.size() < kMostPrograms && ::lstat(entry.path().c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      programs.emplace(info.st_dev, info.st_ino);
    }
  }
  return programs;
}

/// By the file itself and not by its name, which differs from one mount namespace to the other.
bool isTask(const fs::path& process, const Programs& programs) {
  struct stat info {};
  return ::stat((process / "exe").c_str(), &info) == 0 && programs.contains({info.st_dev, info.st_ino});
}

std::map<pid_t, Found> lookAtAll(const Programs& programs) {
  std::map<pid_t, Found> all;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || pid <= 0) continue;
    Found found;
    found.folder = UniqueFd(::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    found.parent = found.folder ? parentOf(pid) : -1;
    if (found.parent < 0) continue;
    found.isTask = isTask(entry.path(), programs);
    if (!found.isTask) found.folder.reset();
    all.emplace(pid, std::move(found));
  }
  return all;
}

/// Whether a child of ours that is no task itself, which is a guardian, is above it.
bool isGuarded(const std::map<pid_t, Found>& all, pid_t pid) {
  for (std::size_t steps = 0; steps < all.size(); ++steps) {
    const auto found = all.find(pid);
    if (found == all.end()) return false;
    if (found->second.parent == ::getpid()) return !found->second.isTask;
    pid = found->second.parent;
  }
  return false;
}

}  // namespace

std::size_t endOrphans(const fs::path& packages) {
  const Programs programs = programsBelow(packages);
  std::size_t ended = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    bool found = false;
    const auto all = lookAtAll(programs);
    for (const auto& [pid, process] : all) {
      if (!process.isTask || isGuarded(all, pid)) continue;
      if (::syscall(SYS_pidfd_send_signal, process.folder.number(), SIGKILL, nullptr, 0) != 0) continue;
      found = true;
      ++ended;
    }
    if (!found) return ended;
  }
  return ended;
}

}  // namespace hearth::sandbox
