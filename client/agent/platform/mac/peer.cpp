// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/peer.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace hearth::agent {

Result<Peer> peerOf(int socket) {
  struct xucred credentials {};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) != 0 ||
      credentials.cr_version != XUCRED_VERSION) {
    return fail(ErrorCode::kIo, std::string("cannot ask who is at the other end: ") + std::strerror(errno));
  }
  Peer peer;
  peer.user = credentials.cr_uid;
  peer.groups.assign(credentials.cr_groups, credentials.cr_groups + credentials.cr_ngroups);
  return peer;
}

}  // namespace hearth::agent
