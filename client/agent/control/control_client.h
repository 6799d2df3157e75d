// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "agent/control/control_message.h"
#include "base/result.h"

namespace hearth::agent {

/// Sends one request to the agent that listens there and waits for the reply. Returns the state where the reply has
/// one. kNotFound: no agent runs there.
Result<std::string> askAgent(const std::filesystem::path& socket, const ControlRequest& request,
                             Duration patience = Duration::seconds(10));

}  // namespace hearth::agent
