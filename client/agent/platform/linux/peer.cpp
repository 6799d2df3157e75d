// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/peer.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace hearth::agent {

Result<Peer> peerOf(int socket) {
  struct ucred credentials {};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail(ErrorCode::kIo, std::string("cannot ask who is at the other end: ") + std::strerror(errno));
  }
  Peer peer;
  peer.user = credentials.uid;
  std::vector<gid_t> groups(64);
  socklen_t bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  int failed = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
  if (failed != 0 && errno == ERANGE) {  // `bytes` says now how many there are
    groups.resize(bytes / sizeof(gid_t));
    failed = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
  }
  groups.resize(failed == 0 ? bytes / sizeof(gid_t) : 0);
  peer.groups.assign(groups.begin(), groups.end());
  peer.groups.push_back(credentials.gid);
  return peer;
}

}  // namespace hearth::agent
