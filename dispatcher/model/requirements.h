// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace hearth {

/// How well a host can confine a task, weakest first. A batch states the least it accepts, a host what it reached
/// when it tried at start-up.
enum class SandboxTier : std::uint8_t {
  kNone = 0,            ///< nothing can be enforced: no task runs
  kProcess = 1,         ///< Landlock, seccomp and rlimits, no namespaces
  kNamespaces = 2,      ///< bubblewrap: own namespaces, no network, read-only root, seccomp, rlimits, memory watched
  kCgroup = 3,          ///< kNamespaces, and the kernel enforces memory, processors and processes of the whole task
  kVirtualMachine = 4,  ///< a kernel of its own in a virtual machine
};
const char* sandboxTierName(SandboxTier tier) noexcept;  ///< "none", "process", "namespaces", "cgroup", "vm"
Result<SandboxTier> parseSandboxTier(std::string_view name);

/// What kind of program a package holds.
enum class Runtime : std::uint8_t {
  kNative = 0,  ///< programs of one platform
  kWasm = 1,    ///< a WebAssembly module with a native build for each platform: equal results everywhere
  kOci = 2,     ///< a container image of one platform
};
const char* runtimeName(Runtime runtime) noexcept;  ///< "native", "wasm", "oci"
Result<Runtime> parseRuntime(std::string_view name);

inline constexpr Runtime kRuntimes[] = {Runtime::kNative, Runtime::kWasm, Runtime::kOci};

/// A set of runtimes. Its bits are what stores keep.
struct RuntimeSet {
  std::uint32_t bits = 0;

  constexpr RuntimeSet() = default;
  constexpr RuntimeSet(std::initializer_list<Runtime> runtimes) {
    for (const Runtime runtime : runtimes) add(runtime);
  }
  constexpr void add(Runtime runtime) { bits |= 1U << static_cast<unsigned>(runtime); }
  constexpr bool has(Runtime runtime) const { return (bits >> static_cast<unsigned>(runtime) & 1U) != 0; }
  bool operator==(const RuntimeSet&) const = default;
};

/// How a program speaks to a device for computing.
enum class DeviceApi : std::uint8_t {
  kAny = 0,
  kOpenCl = 1,
  kVulkan = 2,
  kCuda = 3,
};
inline constexpr std::size_t kDeviceApis = 4;
const char* deviceApiName(DeviceApi api) noexcept;  ///< "any", "opencl", "vulkan", "cuda"
Result<DeviceApi> parseDeviceApi(std::string_view name);

/// The platform of what runs on every one.
inline constexpr std::string_view kAnyPlatform = "any";

/// What a task needs of the host that runs it. Two batches with equal requirements share one requirement class.
struct Requirements {
  std::string platform = "linux-x86_64";  ///< operating system and processor family, or kAnyPlatform
  std::uint32_t processors = 1;
  std::uint64_t memoryBytes = 512ULL << 20;
  std::uint64_t diskBytes = 1ULL << 30;
  SandboxTier sandbox = SandboxTier::kNamespaces;
  Runtime runtime = Runtime::kNative;
  std::uint32_t gpus = 0;  ///< devices for computing that the task has for itself
  DeviceApi gpuApi = DeviceApi::kAny;
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
