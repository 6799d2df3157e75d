// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/control/control_message.h"
#include "base/result.h"

namespace hearth::agent {

/// Sends one request to the agent that listens there and waits for the reply. Returns the member of the reply that the
/// verb asks for (the state, the preferences, the changes; empty: it asks for none). kNotFound: no agent runs there.
Result<std::string> askAgent(const std::filesystem::path& socket, const ControlRequest& request,
                             Duration patience = Duration::seconds(10));

/// Where a client looks for an agent, in this order, unless it was told one: what `variable` ($HEARTH_AGENT_SOCKET)
/// names, the service's, one's own, and that of a service which was started by hand.
std::vector<std::filesystem::path> controlSockets(const std::string& variable);
/// The first of them where somebody listens; the last if nobody does.
std::filesystem::path listeningSocket(const std::vector<std::filesystem::path>& sockets);

}  // namespace hearth::agent
