// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <optional>
#include <system_error>

#include "sandbox/landlock_rules.h"
#include "sandbox/orphans.h"
#include "sandbox/processes.h"
#include "sandbox/task_executor.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLimitation =
    "tasks are confined without namespaces, by Landlock, system call filter and limits: this serves WebAssembly and "
    "projects that you trust. A task sees that files exist and how large they are, and no namespace ends with it";

std::string limitation(LandlockLevel level) {
  std::string words = kLimitation;
  if (!level.hasScopes()) {
    words += "; this kernel's Landlock (version " + std::to_string(level.version) +
             ") does not know which processes are the task's, which Linux 6.12 does";
  }
  return words;
}

}  // namespace

Result<std::unique_ptr<Executor>> makeLandlockExecutor(LandlockOptions options) {
  auto level = probeLandlock(options.mostLandlock);
  if (!level) return fail(std::move(level).error());
  if (!seesGuardians()) {
    return fail(ErrorCode::kUnsupported, "this system hides the processes of a task from the agent (hidepid)",
                "Let the agent's user be of the group that sees them all (gid= of the mount of /proc), or allow user "
                "namespaces.");
  }
  auto settings = commonSettings(options.init, options.user, options.group, options.background);
  if (!settings) return fail(std::move(settings).error());
  settings->kernelCounters = options.kernelCounters;
  auto filter = makeSeccompFilter(FilterFor::kProcess);
  if (!filter) return fail(std::move(filter).error());
  settings->filter = std::move(*filter);
  settings->landlock = *level;
  if (settings->user) settings->stage = chooseStage(settings->init);
  std::error_code error;
  fs::create_directories(options.scratch, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the folder " + options.scratch.string() + ": " + error.message());
  for (const fs::path& packages : options.packages) endOrphans(packages);
  auto loop = RunLoop::create();
  if (!loop) return fail(std::move(loop).error());
  auto groups = findGroup(options.controlGroup, options.busctl);
  std::optional<CgroupRoot> usable;
  if (groups) usable = std::move(*groups);
  auto executor = std::make_unique<TaskExecutor>(std::move(*settings), std::shared_ptr<RunLoop>(std::move(*loop)),
                                                 std::move(usable), limitation(*level));
  executor->probe(fs::absolute(options.scratch));
  return std::unique_ptr<Executor>(std::move(executor));
}

}  // namespace hearth::sandbox
