// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace hearth::sim {

/// Something that happens to an entity at a moment of the world; times count from its beginning.
struct Happening {
  std::int64_t at = 0;  ///< microseconds
  std::uint32_t entity = 0;
  std::uint32_t sequence = 0;  ///< given by the queue
  std::uint32_t what = 0;      ///< as the world pleases
};

/// What is to happen, in the order (time, entity, sequence). A hierarchical timing wheel (Varghese and Lauck, 1987):
/// four levels of 256 slots, the finest of 16.4 ms; what falls into the present slot is ordered by a small heap. O(1) a
/// happening, and no allocation once its slots have grown. Never cancels: the world ignores what no longer holds.
class EventQueue {
 public:
  /// Not before what next() gave last.
  void add(Duration at, std::uint32_t entity, std::uint32_t what);
  std::optional<Happening> next();
  std::size_t size() const { return m_size; }
  /// One of those that happen soon, the next one first, the others in no order; null when not so many are near.
  const Happening* soon(std::size_t index) const { return index < m_present.size() ? &m_present[index] : nullptr; }

 private:
  static constexpr int kLevels = 4;
  static constexpr int kSlotBits = 8;
  static constexpr std::size_t kSlots = 1U << kSlotBits;
  static constexpr int kTickBits = 14;

  struct Level {
    std::array<std::vector<Happening>, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> used{};  ///< one bit a slot that holds something
  };

  void place(const Happening& happening);
  bool refill();
  bool refillFrom(int level);
  void spill(std::vector<Happening>& slot);

  std::array<Level, kLevels> m_levels;
  std::vector<Happening> m_far;      ///< beyond the last level
  std::vector<Happening> m_present;  ///< heap of what is due in the present tick
  std::vector<Happening> m_moving;
  std::int64_t m_tick = 0;
  std::uint32_t m_sequence = 0;
  std::size_t m_size = 0;
};

}  // namespace hearth::sim
