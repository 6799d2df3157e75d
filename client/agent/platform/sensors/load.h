// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/time.h"

namespace hearth::agent {

/// Percent of the last ten seconds in which some program waited for memory, from /proc/pressure. None: the kernel does
/// not say.
std::optional<double> readMemoryPressure(const std::filesystem::path& root);

/// How much of all processors other programs use: what /proc/stat counts as busy, less the time of our tasks, over the
/// time since the last call. One thread.
class OthersLoad {
 public:
  /// None at the first call, and where two calls are too close to each other to say.
  std::optional<double> see(const std::filesystem::path& root, Duration ownTime);

 private:
  struct Reading {
    std::uint64_t busy = 0, all = 0;  ///< in ticks
    Duration own;
  };
  std::optional<double> note(const Reading& reading, double ticksOfASecond);

  std::optional<Reading> m_last;
  std::optional<double> m_percent;
};

}  // namespace hearth::agent
