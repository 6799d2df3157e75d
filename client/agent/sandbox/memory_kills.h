// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

namespace hearth::sandbox {

/// Whether this machine's kernel ended processes for want of memory lately. Tasks are the first that it ends
/// (oom_score_adj), whoever it was that took the memory: such an end is the machine's and not the task's. Owned by one
/// run. Where the kernel does not count (before Linux 4.13) there were none.
class MemoryKills {
 public:
  /// `counters`: /proc/vmstat.
  explicit MemoryKills(std::filesystem::path counters);

  /// From here on only what comes later counts, and what came since the call before: an end is told some moments after
  /// it was one.
  void look();
  bool wereThere() const;

 private:
  std::uint64_t count() const;

  std::filesystem::path m_counters;
  std::array<std::uint64_t, 2> m_seen{};  ///< by the last two looks
};

}  // namespace hearth::sandbox
