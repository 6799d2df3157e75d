// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent_core/sharing.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/host.h"
#include "wire/project.h"

namespace hearth::agent {

/// What is shown of a project, beside what its core says.
struct ProjectFacts {
  std::string project, server;
  HostId host;
  Instant certificateExpires;
  std::uint64_t cacheBytes = 0;
  wire::ProjectView says = {};  ///< of itself; its name does not count
};

/// Everything that is shown of an agent, beside its projects and what its cores say.
struct AgentFacts {
  std::string version;
  std::uint64_t process = 0;
  Instant started;
  std::string folder;
  HostDescription description;
  std::string limitation;  ///< of the sandbox
  std::string notice;      ///< what its owner should know; empty: nothing
};

/// The tree that control clients observe, as JSON text (docs/agent-control.md). Members whose value is not known are
/// left out; there is no null in it. The same state gives the same text.
std::string stateJson(const AgentFacts& facts, const std::vector<ProjectFacts>& projects, const SharingStatus& status);

/// What tasks are kept from, a sentence each.
std::vector<std::string> forbidden(SandboxTier tier);

/// The JSON merge patch (RFC 7396) that turns one tree into the other; empty text: they are equal.
std::string mergePatch(std::string_view before, std::string_view after);

}  // namespace hearth::agent
