// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/agent_clock.h"
#include "agent/app/invitations.h"
#include "agent/app/memberships.h"
#include "agent/app/project_shell.h"
#include "agent/control/state_tree.h"
#include "agent_core/event.h"
#include "agent_core/policy.h"
#include "agent_core/preferences.h"
#include "base/result.h"
#include "base/time.h"
#include "devices/device_pool.h"
#include "sandbox/executor.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// What the loop works with. References outlive it.
struct LoopParts {
  std::vector<ProjectParts> projects;   ///< served from the start; there may be none
  sandbox::Executor* executor;          ///< null: there is no sandbox
  std::filesystem::path controlSocket;  ///< empty: none
  std::function<HostSeen()> describe;   ///< asked at the start and now and then
  /// What the machine's sensors see, with the processor time of tasks so far. Asked on a thread of its own; may block.
  std::function<PolicyFacts(const Preferences& preferences, Instant now, Duration ownTime)> see;
  Preferences preferences;
  Preferences usualPreferences = {};                                ///< what they are where their owner says nothing
  std::function<Result<void>(const Preferences&)> keepPreferences;  ///< that were changed over the control socket
  AgentFacts facts;                                                 ///< what does not change; for the status
  std::function<void(bool warning, const std::string& text)> log;
  std::uint64_t seed = 0;
  devices::DevicePool* devices = nullptr;  ///< null: none are lent
  Memberships* memberships = nullptr;      ///< null: projects neither come nor go
  /// As Permission::hasSession.
  std::function<bool(std::uint32_t user)> hasSession = {};
  std::function<std::vector<Invitation>()> invitations = {};  ///< what the installation proposes; empty: nothing
};

/// Owns the machine of the agent and feeds it: events of all threads come in by post(), each round's journal rows are
/// made durable as one transaction a project, then its actions are carried out. One thread calls run(); everything of
/// the cores happens on it.
class AgentLoop {
 public:
  AgentLoop(boost::asio::io_context& context, LoopParts parts);
  ~AgentLoop();
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  /// Opens the control socket, looks at the machine and takes up what the journals hold. Afterwards the context may be
  /// run.
  Result<void> start();
  /// As the verb; the context is stopped once everything has ended. On the loop's thread.
  void quit();

 private:
  class State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
