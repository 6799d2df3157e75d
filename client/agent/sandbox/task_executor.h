// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sandbox/cgroup.h"
#include "sandbox/executor.h"
#include "sandbox/launch.h"
#include "sandbox/processor_share.h"
#include "sandbox/run_loop.h"

namespace hearth::sandbox {

/// Runs programs as processes of this machine's kernel, confined by whatever its LaunchSettings say: what bubblewrap's
/// executor and Landlock's have in common. Made by their factories; thread-safe as Executor says.
class TaskExecutor final : public Executor {
 public:
  TaskExecutor(LaunchSettings settings, std::shared_ptr<RunLoop> loop, std::optional<CgroupRoot> groups,
               std::string limitation)
      : m_settings(std::move(settings)),
        m_loop(std::move(loop)),
        m_groups(std::move(groups)),
        m_limitation(std::move(limitation)) {}

  ~TaskExecutor() override { m_loop->close(); }
  TaskExecutor(const TaskExecutor&) = delete;
  TaskExecutor& operator=(const TaskExecutor&) = delete;

  SandboxTier tier() const override { return m_tier; }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) override;

  /// Runs the hardened command once on a program that tries the doors, and settles the tier.
  void probe(const std::filesystem::path& scratch);

 private:
  Result<std::unique_ptr<Run>> startUnasked(RunSpec spec, std::function<void(RunEnd)> onEnd);
  Result<RunEnd> runProbe(const std::filesystem::path& folder);
  Result<std::optional<TaskCgroup>> makeGroup(const RunSpec& spec);
  SandboxTier reached() const;

  LaunchSettings m_settings;
  std::shared_ptr<RunLoop> m_loop;
  std::mutex m_groupMutex;  // guards m_groups
  std::optional<CgroupRoot> m_groups;
  std::shared_ptr<ProcessorShare> m_share = std::make_shared<ProcessorShare>();  // shared with runs that are ending
  SandboxTier m_tier = SandboxTier::kNone;
  std::string m_limitation;
};

/// What every factory needs: the init and /dev/null, and whom tasks belong to where the agent is root.
Result<LaunchSettings> commonSettings(const std::filesystem::path& init, std::uint32_t user, std::uint32_t group,
                                      bool background);

}  // namespace hearth::sandbox
