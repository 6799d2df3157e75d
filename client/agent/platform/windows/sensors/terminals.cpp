// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/terminals.h"

namespace hearth::agent {

/// A console is a window of a session, whose input is the session's.
std::optional<Instant> lastTyped(const std::filesystem::path&) { return std::nullopt; }

}  // namespace hearth::agent
