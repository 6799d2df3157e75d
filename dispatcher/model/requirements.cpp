// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/requirements.h"

#include "model/names.h"

namespace hearth {
namespace {

constexpr names::Table<SandboxTier, 5> kTierNames{{{SandboxTier::kNone, "none"},
                                                   {SandboxTier::kProcess, "process"},
                                                   {SandboxTier::kNamespaces, "namespaces"},
                                                   {SandboxTier::kCgroup, "cgroup"},
                                                   {SandboxTier::kVirtualMachine, "vm"}}};
constexpr names::Table<Runtime, 3> kRuntimeNames{
    {{Runtime::kNative, "native"}, {Runtime::kWasm, "wasm"}, {Runtime::kOci, "oci"}}};
constexpr names::Table<DeviceApi, kDeviceApis> kDeviceApiNames{{{DeviceApi::kAny, "any"},
                                                                {DeviceApi::kOpenCl, "opencl"},
                                                                {DeviceApi::kVulkan, "vulkan"},
                                                                {DeviceApi::kCuda, "cuda"}}};

}  // namespace

const char* sandboxTierName(SandboxTier tier) noexcept { return names::of(kTierNames, tier); }
Result<SandboxTier> parseSandboxTier(std::string_view name) { return names::parse(kTierNames, name, "sandbox tier"); }

const char* runtimeName(Runtime runtime) noexcept { return names::of(kRuntimeNames, runtime); }
Result<Runtime> parseRuntime(std::string_view name) { return names::parse(kRuntimeNames, name, "runtime"); }

const char* deviceApiName(DeviceApi api) noexcept { return names::of(kDeviceApiNames, api); }
Result<DeviceApi> parseDeviceApi(std::string_view name) { return names::parse(kDeviceApiNames, name, "device API"); }

}  // namespace hearth
