// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/host.h"

namespace hearth::agent {

/// How much of the machine its owner gives; 0: what there is.
struct Offer {
  std::uint32_t processors = 0;
  std::uint64_t memoryBytes = 0;
  /// Native programs too where nothing better than SandboxTier::kProcess can be had: its owner trusts the projects.
  bool nativeWithoutNamespaces = false;
};

/// The machine as it is described to the project. `speed` is what measureSpeed() found, `folder` is where tasks will
/// run.
HostDescription describeHost(const std::string& name, const Offer& offer, SandboxTier sandbox, std::uint32_t speed,
                             const std::filesystem::path& folder);

}  // namespace hearth::agent
