// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/session_bus.h"

namespace hearth::agent {

struct SessionBus::State {};

SessionBus::SessionBus() = default;
SessionBus::~SessionBus() = default;

/// The display says it.
std::optional<Duration> SessionBus::idle() { return std::nullopt; }

/// macOS does not tell other programs of its game mode.
bool SessionBus::game() { return false; }

}  // namespace hearth::agent
