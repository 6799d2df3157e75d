// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/cgroup.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/cgroup_scope.h"

namespace hearth::sandbox {
namespace {

constexpr std::uint32_t kOwnProcesses = 4;  // bubblewrap, pid 1, and their threads to be
constexpr std::uint64_t kMostGroups = std::uint64_t{1} << 40;
constexpr const char* kAgentLeaf = "agent";
constexpr int kEndLooks = 500;
constexpr auto kEndLook = std::chrono::milliseconds(2);
constexpr int kPeriodMicros = 100'000;

namespace fs = std::filesystem;

bool writeFile(const fs::path& file, const std::string& text) {
  const UniqueFd out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return out && ::write(out.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string readFile(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The figure behind `key` in a file of "key value" lines.
std::optional<std::uint64_t> figure(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  std::string name;
  for (std::uint64_t value = 0; lines >> name >> value;) {
    if (name == key) return value;
  }
  return std::nullopt;
}

bool hasWord(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string next; words >> next;) {
    if (next == word) return true;
  }
  return false;
}

/// Where cgroup v2 is mounted (proc(5), mountinfo).
fs::path mountPoint() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string skipped, root, point;
    fields >> skipped >> skipped >> skipped >> root >> point;
    if (root == "/") return point;
  }
  return {};
}

fs::path ownFolder() {
  const fs::path mount = mountPoint();
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; !mount.empty() && std::getline(groups, line);) {
    if (line.starts_with("0::/")) return mount / line.substr(4);
  }
  return {};
}

bool holdsOnlyUs(const fs::path& folder) {
  std::istringstream pids(readFile(folder / "cgroup.procs"));
  bool us = false;
  for (long pid = 0; pids >> pid; us = true) {
    if (pid != ::getpid()) return false;
  }
  return us;
}

/// True when it is not there any more.
bool removeGroup(const fs::path& folder) {
  ::rmdir((folder / "run").c_str());
  return ::rmdir(folder.c_str()) == 0 || errno != EBUSY;
}

constexpr const char* kDelegateHint =
    "Run the agent as the service that its package installs (Delegate=yes), or by 'systemd-run --user --scope -p "
    "Delegate=yes hearth-agent daemon'.";

}  // namespace

TaskCgroup::TaskCgroup(TaskCgroup&& other) noexcept
    : m_folder(std::move(other.m_folder)),
      m_outerProcs(std::move(other.m_outerProcs)),
      m_innerProcs(std::move(other.m_innerProcs)) {
  other.m_folder.clear();
}

TaskCgroup::~TaskCgroup() {
  if (!m_folder.empty()) removeGroup(m_folder);
}

bool TaskCgroup::freeze(bool frozen) const { return writeFile(m_folder / "run" / "cgroup.freeze", frozen ? "1" : "0"); }

void TaskCgroup::kill() const { writeFile(m_folder / "cgroup.kill", "1"); }

bool TaskCgroup::ranOutOfMemory() const {
  return figure(readFile(m_folder / "memory.events"), "oom_kill").value_or(0) > 0;
}

bool TaskCgroup::ranOutOfProcesses() const { return figure(readFile(m_folder / "pids.events"), "max").value_or(0) > 0; }

std::optional<std::uint64_t> TaskCgroup::memoryPeakBytes() const {
  std::uint64_t peak = 0;
  const std::string text = readFile(m_folder / "memory.peak");
  if (std::from_chars(text.data(), text.data() + text.size(), peak).ec != std::errc{}) return std::nullopt;
  return peak;
}

std::optional<Duration> TaskCgroup::processor() const {
  const auto micros = figure(readFile(m_folder / "cpu.stat"), "usage_usec");
  if (!micros) return std::nullopt;
  return Duration::microseconds(static_cast<std::int64_t>(*micros));
}

Result<CgroupRoot> CgroupRoot::at(const fs::path& folder) {
  CgroupRoot root(folder);
  if (::access((folder / "cgroup.procs").c_str(), W_OK) != 0 || ::access(folder.c_str(), W_OK) != 0) {
    return fail(ErrorCode::kForbidden, "the control group " + folder.string() + " is not the agent's to use",
                kDelegateHint);
  }
  root.removeLeftOver();
  root.enableControllers();
  return root;
}

Result<CgroupRoot> CgroupRoot::own() {
  fs::path folder = ownFolder();
  // An executor of this process has moved it already.
  if (folder.filename() == kAgentLeaf && readFile(folder.parent_path() / "cgroup.procs").empty() &&
      holdsOnlyUs(folder) && ::access((folder.parent_path() / "cgroup.procs").c_str(), W_OK) == 0) {
    return at(folder.parent_path());
  }
  if (folder.empty()) {
    HierarchyWords words = inWords(hierarchyIn(readFile("/proc/self/mountinfo")));
    if (words.problem.empty()) words.problem = "the agent sees no part of this system's control groups";
    return fail(ErrorCode::kUnsupported, std::move(words.problem), std::move(words.hint));
  }
  if (::access((folder / "cgroup.procs").c_str(), W_OK) != 0 || ::access(folder.c_str(), W_OK) != 0 ||
      !holdsOnlyUs(folder)) {
    return fail(ErrorCode::kForbidden, "no control group was delegated to the agent", kDelegateHint);
  }
  const fs::path leaf = folder / kAgentLeaf;
  std::error_code ignored;
  fs::create_directory(leaf, ignored);
  if (!writeFile(leaf / "cgroup.procs", "0")) {
    return fail(ErrorCode::kForbidden,
                "the agent cannot move within its control group: " + std::string(std::strerror(errno)), kDelegateHint);
  }
  return at(folder);
}

void CgroupRoot::enableControllers() {
  const std::string available = readFile(m_folder / "cgroup.controllers");
  const auto enable = [&](const std::string& name) {
    const bool works = hasWord(available, name) && writeFile(m_folder / "cgroup.subtree_control", "+" + name);
    if (!works) m_missing += (m_missing.empty() ? "" : ", ") + name;
    return works;
  };
  m_memory = enable("memory");
  m_processor = enable("cpu");
  m_processes = enable("pids");
}

void CgroupRoot::removeLeftOver() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(m_folder, ignored)) {
    if (!entry.path().filename().string().starts_with("task-")) continue;
    // What an agent that was killed left may still run where there was no namespace that ended with it.
    writeFile(entry.path() / "cgroup.kill", "1");
    for (int look = 0; look < kEndLooks && !removeGroup(entry.path()); ++look) std::this_thread::sleep_for(kEndLook);
  }
}

Result<TaskCgroup> CgroupRoot::makeTask(const CgroupLimits& limits) {
  fs::path made;
  do {
    made = m_folder / ("task-" + std::to_string(m_next++));
  } while (::mkdir(made.c_str(), 0755) != 0 && errno == EEXIST && m_next < kMostGroups);
  TaskCgroup task(made);
  const fs::path& folder = task.m_folder;
  if (::mkdir((folder / "run").c_str(), 0755) != 0) {
    return fail(ErrorCode::kIo, "cannot make the control group " + folder.string() + ": " + std::strerror(errno));
  }
  bool set = true;
  if (m_memory) {
    set = set && writeFile(folder / "memory.max", std::to_string(limits.memoryBytes));
    writeFile(folder / "memory.swap.max", "0");  // not there where the kernel counts no swap
    writeFile(folder / "memory.oom.group", "1");
  }
  if (m_processes) set = set && writeFile(folder / "pids.max", std::to_string(limits.processes + kOwnProcesses));
  if (m_processor) {
    const std::string quota =
        std::to_string(std::uint64_t{limits.processors} * kPeriodMicros) + " " + std::to_string(kPeriodMicros);
    set = set && writeFile(folder / "cpu.max", quota);
    writeFile(folder / "cpu.weight", "1");
  }
  task.m_outerProcs = UniqueFd(::open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  task.m_innerProcs = UniqueFd(::open((folder / "run" / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!set || !task.m_outerProcs || !task.m_innerProcs) {
    return fail(ErrorCode::kIo,
                "cannot set the limits of the control group " + folder.string() + ": " + std::strerror(errno));
  }
  return task;
}

Result<CgroupRoot> findGroup(const fs::path& folder, const fs::path& busctl) {
  if (!folder.empty()) return CgroupRoot::at(folder);
  auto own = CgroupRoot::own();
  if (own || busctl.empty() || !enterScope(busctl)) return own;
  return CgroupRoot::own();
}

std::string groupLimitation(const Result<CgroupRoot>& found) {
  const std::string watched = "memory, processors and processes are watched by the agent, not by the kernel: ";
  if (!found) return watched + found.error().message + ". " + found.error().hint;
  if (found->complete()) return {};
  const HierarchyWords words = inWords(hierarchyIn(readFile("/proc/self/mountinfo")));
  const std::string lack = "its control group lacks " + found->missing();
  return watched + lack + (words.problem.empty() ? "" : ", since " + words.problem + ". " + words.hint);
}

}  // namespace hearth::sandbox
