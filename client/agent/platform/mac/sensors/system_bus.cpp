// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/system_bus.h"

namespace hearth::agent {

struct SystemBus::State {};

SystemBus::SystemBus() = default;
SystemBus::~SystemBus() = default;

/// The display says it.
std::optional<Instant> SystemBus::lastInput(Instant) { return std::nullopt; }

/// Told only to programs with a path monitor of Network.framework, which calls back on queues of its own.
bool SystemBus::metered() { return false; }

/// The kernel knows of every supply.
std::optional<Power> SystemBus::power() { return std::nullopt; }

}  // namespace hearth::agent
