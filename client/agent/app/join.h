// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "agent/app/identity.h"
#include "agent/app/joined.h"
#include "agent/app/memberships.h"
#include "agent/app/state_folder.h"
#include "agent/transfer/proxy.h"
#include "base/result.h"

namespace hearth::agent {

/// Enrols this host with the project of a join link. The token is sent only to a server whose certificate chain ends in
/// the authority that the link names; the key is made here and never leaves. An agent that has joined the project
/// already renews its membership. The agent must not be running.
Result<AgentIdentity> joinProject(const StateFolder& folder, const std::string& link, const std::string& name,
                                  const Environment& environment);
/// The same for the agent that runs and holds the folder's lock.
Result<Joined> joinWithLock(const StateFolder& folder, const std::string& link, const std::string& name,
                            const Environment& environment);

/// What the link leads to. The server's certificate is held against the link before anything is sent to it; then it is
/// asked whether the token is good. One that is too old to be asked leaves the name empty.
Result<Prospect> inspectLink(const std::string& link, const Environment& environment);

/// For an agent that runs from a copy of another machine's disk: enrols once more, with a key of its own and the token
/// of the link that was used then, and drops the tasks, which are the other machine's. On an error everything stays.
Result<AgentIdentity> becomeAnotherHost(const StateFolder& folder, const Joined& copied,
                                        const Environment& environment);

}  // namespace hearth::agent
