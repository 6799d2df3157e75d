// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/peer.h"

#include <algorithm>

namespace hearth::agent {

bool mayControl(const Peer& peer, const Peer& own) {
  if (peer.user == own.user || peer.user == 0) return true;
  return std::any_of(own.groups.begin(), own.groups.end(), [&](std::uint32_t group) {
    return std::find(peer.groups.begin(), peer.groups.end(), group) != peer.groups.end();
  });
}

}  // namespace hearth::agent
