// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "base/time.h"

namespace hearth::sandbox {

/// Whom a file or process belongs to.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// What lies in a task's folder.
struct FolderUse {
  std::uint64_t bytes = 0;  ///< blocks on disk, and 4 KiB for each name, so that empty files are not free
  std::uint64_t entries = 0;
  std::string refusal;  ///< why it could not be measured whole: nested too deeply, too many entries, closed by the task
};

/// Walks a folder that a task may be changing at the same time: by descriptors, following nothing.
/// A folder that the task closed to its owner is opened again.
Result<FolderUse> measureFolder(const std::filesystem::path& folder);

/// Before a run: gives everything in the folder to `owner` where there is one, and refuses a file that has a second
/// name somewhere, since the task could change it under that name too.
Result<void> prepareFolder(const std::filesystem::path& folder, std::optional<Owner> owner);

/// Opens a folder below `at` for reading, without following a link; again with rights for its owner where the task took
/// them away. -1 and errno if it cannot be.
int openFolderBelow(int at, const char* name);

}  // namespace hearth::sandbox
