// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <cstring>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/peer.h"

namespace hearth::agent {

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
