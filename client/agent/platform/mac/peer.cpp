// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/peer.h"

#include <cerrno>
#include <cstring>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <unistd.h>

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

Peer ownIdentity() { return {geteuid(), {getegid()}}; }

Result<void> becomeOwnerOf(const char* folder) {
  struct stat facts {};
  if (geteuid() != 0 || stat(folder, &facts) != 0 || facts.st_uid == 0) return {};
  if (setgroups(1, &facts.st_gid) != 0 || setgid(facts.st_gid) != 0 || setuid(facts.st_uid) != 0) {
    return fail(ErrorCode::kIo, std::string("cannot become the owner of ") + folder + ": " + std::strerror(errno),
                "Run hearth-agent as the user that owns the folder.");
  }
  return {};
}

}  // namespace hearth::agent
