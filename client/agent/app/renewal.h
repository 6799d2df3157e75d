// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/app/identity.h"
#include "agent/app/state_folder.h"
#include "agent/transfer/server_link.h"
#include "base/result.h"

namespace hearth::agent {

/// Asks for a new certificate for the same key and stores it. Blocks. On an error the old one stays as it was.
Result<AgentIdentity> renewIdentity(const ProjectFolder& folder, AgentIdentity identity, ServerLink& link);

}  // namespace hearth::agent
