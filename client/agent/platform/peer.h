// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace hearth::agent {

/// The process at the other end of a local socket, as the kernel vouches for it.
struct Peer {
  std::uint32_t user = 0;
  std::vector<std::uint32_t> groups;  ///< primary and supplementary
};
Result<Peer> peerOf(int socket);

/// Who this process is.
Peer ownIdentity();

/// Whether the peer may control an agent that runs as `own`: the same user, root, or a member of the agent's primary
/// group.
bool mayControl(const Peer& peer, const Peer& own);

/// As root, become the owner of an existing folder unless that is root too, so that the files of a service user stay
/// its own.
Result<void> becomeOwnerOf(const char* folder);

}  // namespace hearth::agent
