// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/types.h>

#include "base/result.h"
#include "sandbox/executor.h"
#include "sandbox/init_protocol.h"
#include "sandbox/landlock_rules.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/unique_fd.h"
#include "sandbox/work_folder.h"

namespace hearth::sandbox {

/// What is the same for every launch of one executor.
struct LaunchSettings {
  std::filesystem::path bubblewrap;  ///< empty with `landlock`
  std::filesystem::path init;
  /// Set: no namespaces; hearth-task-init guards a process that Landlock confines.
  std::optional<LandlockLevel> landlock;
  std::optional<Owner> user;  ///< to become before bubblewrap: set when, and only when, the agent is root
  /// Root only: a folder of this machine over which, in a mount namespace of its own, the package and the work folder
  /// are shown, so that the task's user reaches them below folders that are closed to it. Empty: their real paths are
  /// used.
  std::string stage;
  SeccompFilter filter, deviceFilter;  ///< of a task without and with devices
  const SeccompFilter& filterFor(const RunSpec& spec) const {
    return spec.devices.empty() || calls == SystemCalls::kMachine ? filter : deviceFilter;
  }
  SystemCalls calls = SystemCalls::kTask;  ///< BubblewrapOptions::calls
  UniqueFd null;                           ///< /dev/null
  bool background = true;                  ///< BubblewrapOptions::background
  std::filesystem::path kernelCounters;    ///< BubblewrapOptions::kernelCounters
};

/// What one launch gets besides the RunSpec. Descriptors are borrowed.
struct LaunchInputs {
  int standardInput = -1, output = -1, error = -1;
  int outerGroup = -1, innerGroup = -1;  ///< cgroup.procs, or -1
  std::uint64_t fileBytes = 0;
  std::optional<cpu_set_t> processors;
};

/// A bubblewrap, or with Landlock a guardian, that was started; it or its pid 1 reports by `status`. Closing `lifeline`
/// ends all of it.
struct Launched {
  pid_t pid = -1;
  UniqueFd handle;          ///< its pidfd
  UniqueFd lifeline;        ///< write end
  UniqueFd status, errors;  ///< read ends, not blocking
  UniqueFd info;            ///< a memory file: what bubblewrap says about its child; none with Landlock
};

/// Checks the spec: words for what is wrong with it.
Result<void> checkSpec(const RunSpec& spec);
/// Forks and executes. Callable from any thread: nothing in the child depends on the thread that started it.
Result<Launched> launch(const LaunchSettings& settings, const RunSpec& spec, const LaunchInputs& inputs);
/// The first of the usual empty folders that can serve as LaunchSettings::stage and does not hold `notOver`; empty when
/// mounts cannot be made.
std::string chooseStage(const std::filesystem::path& notOver);

}  // namespace hearth::sandbox
