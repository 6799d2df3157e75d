// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hearth {

/// A counter-based random stream: the n-th number depends on (seed, n) only, so every entity has a stream of its own
/// and a run repeats on any compiler. SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014). Not for secrets. Plain value.
class RandomStream {
 public:
  constexpr explicit RandomStream(std::uint64_t seed) : m_state(seed) {}

  constexpr std::uint64_t next() {
    m_state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = m_state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, bound), bound > 0 (multiply-shift; the bias is below bound / 2^32).
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((next() >> 32) * std::uint64_t{bound} >> 32);
  }
  /// Uniform in [0, 1) with 53 bits.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t m_state;
};

}  // namespace hearth
