// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent_core/status.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/host.h"

namespace hearth::agent {

/// Everything that is shown of an agent, beside what its core says.
struct AgentFacts {
  std::string version;
  std::uint64_t process = 0;
  Instant started;
  std::string folder;
  std::string project, server;
  HostId host;
  Instant certificateExpires;
  HostDescription description;
  std::string limitation;  ///< of the sandbox
  std::uint64_t cacheBytes = 0;
};

/// The tree that control clients observe, as JSON text (docs/agent-control.md). Members whose value is not known are
/// left out; there is no null in it. The same state gives the same text.
std::string stateJson(const AgentFacts& facts, const AgentStatus& status);

/// The JSON merge patch (RFC 7396) that turns one tree into the other; empty text: they are equal.
std::string mergePatch(std::string_view before, std::string_view after);

}  // namespace hearth::agent
