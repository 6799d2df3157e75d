// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>

namespace hearth::sandbox {

/// Without namespaces a task's processes can be left only when its guardian was killed from outside. This finds and
/// ends them: processes whose program is a file below `packages`, which a task can neither hide nor change since it can
/// execute nothing else, and that descend from no guardian of this agent. Returns how many were ended.
std::size_t endOrphans(const std::filesystem::path& packages);

}  // namespace hearth::sandbox
