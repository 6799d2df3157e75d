// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>

#include <unistd.h>

#include "sandbox/task_executor.h"
#include "sandbox/tool.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr auto kVersionPatience = std::chrono::seconds(5);
constexpr int kOldestMajor = 0, kOldestMinor = 8;  // has --disable-userns

/// Refuses one that says that it is too old; one that says nothing is left to the probe.
Result<void> checkVersion(const fs::path& bubblewrap) {
  const std::string text = runTool({bubblewrap.string(), "--version"}, kVersionPatience).value_or("");
  int major = 0, minor = 0;
  if (std::sscanf(text.c_str(), "bubblewrap %d.%d", &major, &minor) != 2) return {};
  if (major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor)) return {};
  return fail(ErrorCode::kUnsupported,
              "bubblewrap at " + bubblewrap.string() + " is version " + std::to_string(major) + "." +
                  std::to_string(minor) + ", and tasks need 0.8 or later",
              "Install a newer one: Debian 12 and Ubuntu 24.04 have it.");
}

Result<LaunchSettings> makeSettings(const BubblewrapOptions& options) {
  if (::access(options.bubblewrap.c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound,
                "bubblewrap is not at " + options.bubblewrap.string() + ", and without it no task can be confined",
                "Install the package 'bubblewrap' (apt install bubblewrap) and start the agent again.");
  }
  HEARTH_TRY(checkVersion(options.bubblewrap));
  auto settings = commonSettings(options.init, options.user, options.group, options.background);
  if (!settings) return settings;
  settings->kernelCounters = options.kernelCounters;
  auto filter = makeSeccompFilter(FilterFor::kNamespaces, options.calls);
  if (!filter) return fail(std::move(filter).error());
  auto deviceFilter = makeSeccompFilter(FilterFor::kNamespaces, SystemCalls::kDevices);
  if (!deviceFilter) return fail(std::move(deviceFilter).error());
  settings->bubblewrap = fs::absolute(options.bubblewrap);
  settings->filter = std::move(*filter);
  settings->deviceFilter = std::move(*deviceFilter);
  settings->calls = options.calls;
  if (settings->user) settings->stage = chooseStage(settings->bubblewrap);
  return settings;
}

}  // namespace

Result<std::unique_ptr<Executor>> makeBubblewrapExecutor(BubblewrapOptions options) {
  auto settings = makeSettings(options);
  if (!settings) return fail(std::move(settings).error());
  std::error_code error;
  fs::create_directories(options.scratch, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the folder " + options.scratch.string() + ": " + error.message());
  auto loop = RunLoop::create();
  if (!loop) return fail(std::move(loop).error());
  auto groups = findGroup(options.controlGroup, options.busctl);
  const std::string limitation = groupLimitation(groups);
  std::optional<CgroupRoot> usable;
  if (groups) usable = std::move(*groups);
  auto executor = std::make_unique<TaskExecutor>(std::move(*settings), std::shared_ptr<RunLoop>(std::move(*loop)),
                                                 std::move(usable), limitation);
  executor->probe(fs::absolute(options.scratch));
  return std::unique_ptr<Executor>(std::move(executor));
}

}  // namespace hearth::sandbox
