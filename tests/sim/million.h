// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "sim/world.h"

namespace hearth::sim {

/// The large world: hosts of the SETI profile, ten tasks of two hours for each, in 1,000 batches of ten accounts. What
/// is to be kept is counted and dropped.
WorldOptions millionWorld(std::uint64_t seed, std::uint32_t hosts, Duration length);

}  // namespace hearth::sim
