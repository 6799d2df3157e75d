// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/cgroup_scope.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <unistd.h>

#include "sandbox/tool.h"

namespace hearth::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr auto kLookAgain = 10ms;

std::string ownGroup() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

}  // namespace

Hierarchy hierarchyIn(std::string_view mountinfo) {
  const bool second = mountinfo.find(" - cgroup2 ") != std::string_view::npos;
  const bool first = mountinfo.find(" - cgroup ") != std::string_view::npos;
  if (second && first) return Hierarchy::kHybrid;
  if (second) return Hierarchy::kUnified;
  return first ? Hierarchy::kFirst : Hierarchy::kNone;
}

HierarchyWords inWords(Hierarchy hierarchy) {
  constexpr const char* kUnify =
      "Start the kernel with systemd.unified_cgroup_hierarchy=1, which is the default since Debian 11.";
  switch (hierarchy) {
    case Hierarchy::kUnified:
      return {};
    case Hierarchy::kHybrid:
      return {"this system keeps the controllers in control groups of version 1 (hybrid)", kUnify};
    case Hierarchy::kFirst:
      return {"this system has control groups of version 1 only", kUnify};
    case Hierarchy::kNone:
      break;
  }
  return {"this system has no control groups", "In a container, let it have its own: mount cgroup2 at /sys/fs/cgroup."};
}

Result<void> enterScope(const std::filesystem::path& busctl) {
  const bool isRoot = ::geteuid() == 0;
  const std::string before = ownGroup(), pid = std::to_string(::getpid()), name = "hearth-agent-" + pid + ".scope";
  if (::access(busctl.c_str(), X_OK) != 0 || (!isRoot && ::getenv("XDG_RUNTIME_DIR") == nullptr)) {
    return fail(ErrorCode::kUnsupported, "there is no systemd here that could give the agent a scope");
  }
  // Name, mode, properties (the processes that begin it, delegation, gone when it is empty or failed), no further
  // units.
  if (!runTool({busctl.string(),
                isRoot ? "--system" : "--user",
                "--quiet",
                "call",
                "org.freedesktop.systemd1",
                "/org/freedesktop/systemd1",
                "org.freedesktop.systemd1.Manager",
                "StartTransientUnit",
                "ssa(sv)a(sa(sv))",
                name,
                "fail",
                "3",
                "PIDs",
                "au",
                "1",
                pid,
                "Delegate",
                "b",
                "true",
                "CollectMode",
                "s",
                "inactive-or-failed",
                "0"},
               kPatience)) {
    return fail(ErrorCode::kForbidden, "systemd gave the agent no scope of its own");
  }
  for (const auto until = Clock::now() + kPatience; ownGroup() == before;) {
    if (Clock::now() > until) return fail(ErrorCode::kTimeout, "systemd did not move the agent into its scope");
    std::this_thread::sleep_for(kLookAgain);
  }
  return {};
}

}  // namespace hearth::sandbox
