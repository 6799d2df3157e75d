// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/state_folder.h"

#include <system_error>

#include "agent/platform/peer.h"
#include "sandbox/executor.h"

namespace hearth::agent {

namespace fs = std::filesystem;

Result<StateFolder> StateFolder::open(const fs::path& root) {
  std::error_code error;
  StateFolder folder{fs::absolute(root, error)};
  HEARTH_TRY(becomeOwnerOf(folder.root.c_str()));
  fs::create_directories(folder.root.parent_path(), error);
  HEARTH_TRY(makeFolder(folder.root, 0711));
  HEARTH_TRY(makeFolder(folder.log().parent_path(), 0700));
  return folder;
}

Result<void> StateFolder::prepare() const {
  HEARTH_TRY(makeFolder(tasks(), 0711));
  HEARTH_TRY(sandbox::removeWork(scratch()));  // what a killed agent left there
  return makeFolder(scratch(), 0711);
}

}  // namespace hearth::agent
