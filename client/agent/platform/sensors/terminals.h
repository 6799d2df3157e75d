// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "base/time.h"

namespace hearth::agent {

/// When somebody last typed on a terminal, a console or over the network: the last read of /dev/tty* and /dev/pts/*, by
/// the wall clock and to about eight seconds. None: there is no terminal. What the owner does on a display does not
/// show here.
std::optional<Instant> lastTyped(const std::filesystem::path& root);

}  // namespace hearth::agent
