// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/owner.h"

#include <cerrno>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/blob/posix_file.h"

namespace hearth::server {

Result<void> becomeOwnerOf(const std::filesystem::path& folder) {
  struct stat facts {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &facts) != 0 || facts.st_uid == 0) return {};
  if (::setgroups(1, &facts.st_gid) != 0 || ::setgid(facts.st_gid) != 0 || ::setuid(facts.st_uid) != 0) {
    return fail(systemError(errno, "becoming the owner of " + folder.string()));
  }
  return {};
}

}  // namespace hearth::server
