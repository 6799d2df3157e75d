// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hearth::agent {

/// Whether that user sits in front of this machine now: logind has a session of theirs of class user that is active and
/// not remote. False too where nobody can say. May block for a second or two; any thread.
bool hasActiveSession(std::uint32_t user);

}  // namespace hearth::agent
