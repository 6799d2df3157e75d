// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace hearth {

/// How well a host can confine a task, weakest first. A batch states the least it accepts, a host what it reached
/// when it tried at start-up.
enum class SandboxTier : std::uint8_t {
  kNone = 0,        ///< nothing can be enforced: no task runs
  kProcess = 1,     ///< Landlock, seccomp and rlimits, no namespaces
  kNamespaces = 2,  ///< bubblewrap: own namespaces, no network, read-only root, seccomp, rlimits, memory watched
  kCgroup = 3,      ///< kNamespaces, and the kernel enforces memory, processors and processes of the whole task
};
const char* sandboxTierName(SandboxTier tier) noexcept;  ///< "none", "process", "namespaces", "cgroup"
Result<SandboxTier> parseSandboxTier(std::string_view name);

/// What a task needs of the host that runs it. Two batches with equal requirements share one requirement class.
struct Requirements {
  std::string platform = "linux-x86_64";  ///< operating system and processor family
  std::uint32_t processors = 1;
  std::uint64_t memoryBytes = 512ULL << 20;
  std::uint64_t diskBytes = 1ULL << 30;
  SandboxTier sandbox = SandboxTier::kNamespaces;
  auto operator<=>(const Requirements&) const = default;
};

/// What a running task may use; the agent enforces it and kills the task with a clear reason when it is passed.
/// Memory, processors and disk are those of Requirements.
struct TaskLimits {
  Duration time = Duration::hours(1);  ///< wall time of the run
  std::uint32_t processes = 64;
  std::uint64_t outputBytes = 256ULL << 20;  ///< all declared outputs together
  auto operator<=>(const TaskLimits&) const = default;
};

}  // namespace hearth
