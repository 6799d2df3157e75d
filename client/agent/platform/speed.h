// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hearth::agent {

/// Mflop/s of one processor on a mix of double-precision multiply-adds in registers, passes over a working set of the
/// second-level cache, and divisions and square roots, as scientific kernels have them (the idea of the Whetstone
/// benchmark). Takes a tenth of a second of the calling thread. At least 1. The best of many short rounds counts, so
/// that what else runs on the machine matters little; two calls differ by less than a fifth.
std::uint32_t measureSpeed();

}  // namespace hearth::agent
