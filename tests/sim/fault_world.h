// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "sim/world.h"

namespace hearth::sim {

/// The world of the fault simulation: `hosts` of them, `tasks` tasks of half an hour in batches with and without
/// replication, some hours of whatever the seed draws, then all heals and everything must end. Fully checked.
WorldOptions faultWorld(std::uint64_t seed, std::uint32_t hosts = 16, std::uint64_t tasks = 120);

/// The same work and hosts without faults.
WorldOptions withoutFaults(WorldOptions options);

}  // namespace hearth::sim
