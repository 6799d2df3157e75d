// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::sandbox {

/// Which control groups a system has.
enum class Hierarchy {
  kNone,     ///< none at all
  kFirst,    ///< version 1 only
  kHybrid,   ///< version 2 beside version 1, which holds the controllers
  kUnified,  ///< version 2
};
/// From the text of /proc/self/mountinfo.
Hierarchy hierarchyIn(std::string_view mountinfo);
/// Why there can be no limits by the kernel, and what to do, in a sentence each; both empty for kUnified.
struct HierarchyWords {
  std::string problem, hint;
};
HierarchyWords inWords(Hierarchy hierarchy);

/// Moves this process, with all its threads, into a scope of its own that systemd delegates to it: what `systemd-run
/// --user --scope -p Delegate=yes` does, without starting again. `busctl` is systemd's tool. Waits a few seconds at
/// most. Fails, and has changed nothing, where there is no manager that would do it.
Result<void> enterScope(const std::filesystem::path& busctl);

}  // namespace hearth::sandbox
