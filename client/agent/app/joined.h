// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "agent/app/identity.h"
#include "agent/app/state_folder.h"
#include "base/result.h"

namespace hearth::agent {

/// A project that the agent has joined.
struct Joined {
  ProjectFolder folder;
  AgentIdentity identity;
};

/// All of them, by the names of their folders. An agent of the time when there was one project a folder has its files
/// moved first; the lock is held.
Result<std::vector<Joined>> joinedProjects(const StateFolder& folder);
/// The same without moving anything: to look, beside an agent that runs.
Result<std::vector<Joined>> listProjects(const StateFolder& folder);

/// Erases everything that is here of the project of this name. Tasks that it held go to others when their leases end.
/// kNotFound names those that there are. The agent must not be running.
Result<void> leaveProject(const StateFolder& folder, const std::string& name);

}  // namespace hearth::agent
