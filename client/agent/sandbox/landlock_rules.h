// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "base/result.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// How much of Landlock is used: the version of its interface, 1 to kMostLandlock.
struct LandlockLevel {
  int version = 0;
  /// Signals and abstract sockets end at the domain (Linux 6.12): the kernel knows which processes are the task's.
  bool hasScopes() const { return version >= 6; }
};
constexpr int kMostLandlock = 7;

/// What this kernel offers, at most `most`. Fails, with what to do, where there is none.
Result<LandlockLevel> probeLandlock(int most);

/// The rules of one task: reads and executes in `package`, reads and writes in `work`, a few harmless devices, nothing
/// else, no port of the network. Rules stand on the folders themselves, whatever they are mounted at.
Result<UniqueFd> makeLandlockRules(LandlockLevel level, const std::filesystem::path& package,
                                   const std::filesystem::path& work);

}  // namespace hearth::sandbox
