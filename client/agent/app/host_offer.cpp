// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/host_offer.h"

#include <algorithm>

#include "agent/app/version.h"
#include "agent/platform/files.h"
#include "agent/platform/host_facts.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

// The description is sent again when it changes, so free disk is told in coarse steps.
constexpr std::uint64_t kDiskStep = limits::kGiB;

std::uint64_t coarse(std::uint64_t bytes) {
  return bytes >= 8 * kDiskStep ? bytes / kDiskStep * kDiskStep : bytes / limits::kMiB * limits::kMiB;
}

}  // namespace

HostDescription describeHost(const std::string& name, const Offer& offer, SandboxTier sandbox, std::uint32_t speed,
                             const std::filesystem::path& folder) {
  const HostFacts facts = detectHost();
  HostDescription description;
  description.name = name.empty() ? facts.name : name;
  description.platform = facts.platform;
  description.processor = facts.processor;
  description.agent = kVersion;
  description.processors = offer.processors == 0 ? facts.processors : std::min(offer.processors, facts.processors);
  // The system and its owner's programs need some, whatever the owner says.
  const std::uint64_t memory = facts.memoryBytes - facts.memoryBytes / 10;
  description.memoryBytes = offer.memoryBytes == 0 ? memory : std::min(offer.memoryBytes, memory);
  const auto free = freeDisk(folder);
  description.diskBytes = free ? coarse(*free) : 0;
  description.sandbox = sandbox;
  description.speed = speed;
  if (sandbox == SandboxTier::kProcess && !offer.nativeWithoutNamespaces) description.runtimes = {};
  description.runtimes.add(Runtime::kWasm);  // its build for this platform is a program like others
  if (sandbox >= SandboxTier::kNamespaces) description.runtimes.add(Runtime::kOci);  // needs a root of its own
  return description;
}

}  // namespace hearth::agent
