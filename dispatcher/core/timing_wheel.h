// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/time.h"

namespace hearth::core {

/// Many timers of which few ever fire: a hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical timing
/// wheels", SOSP 1987). Arming and cancelling are O(1); firing is exact to the microsecond and, at equal times, in the
/// order of what the timers stand for. Owned by the Dispatcher.
class TimingWheel {
 public:
  /// Names an armed timer until it is cancelled or has fired.
  using Handle = std::uint32_t;

  /// `subject` is what the timer stands for, given back when it fires.
  Handle arm(Instant due, std::uint64_t subject);
  void cancel(Handle timer);

  /// Takes the earliest timer that is due at `now`. Time never goes back; where a clock does, nothing fires until it
  /// has caught up.
  std::optional<std::uint64_t> takeDue(Instant now);

  /// A time at or before the earliest timer's: exact when that is near, else when to look again.
  Instant earliest() const;
  std::size_t size() const { return m_size; }

 private:
  // Slots of 2^20 us (about a second), 64 a level: seven levels reach beyond any Instant.
  static constexpr int kTickBits = 20;
  static constexpr int kSlotBits = 6;
  static constexpr std::size_t kSlots = 1U << kSlotBits;
  static constexpr int kLevels = 8;
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  static constexpr std::uint16_t kInCurrent = 0xFFFF;

  struct Node {
    Instant due;
    std::uint64_t subject = 0;
    Handle previous = kNone, next = kNone;  ///< in its slot; `next` also links the free ones
    std::uint16_t slot = kInCurrent;        ///< level * kSlots + slot
  };
  struct Ripe {
    Instant due;
    std::uint64_t subject = 0;
    Handle timer = kNone;
    auto operator<=>(const Ripe&) const = default;
  };

  static std::uint64_t tickOf(Instant due);
  void place(Handle timer);
  void unlink(const Node& node);
  /// Goes to the next slot that holds something, if it begins at or before `target`; moves what is there.
  bool advance(std::uint64_t target);
  std::optional<int> lowestLevel() const;
  std::uint64_t beginOf(int level) const;

  std::vector<Node> m_nodes;
  Handle m_free = kNone;
  std::size_t m_size = 0;
  std::uint64_t m_tick = 0;  ///< slots before it are empty; what is due within it stands in m_current
  std::array<Handle, kLevels* kSlots> m_heads = filled();
  std::array<std::uint64_t, kLevels> m_occupied{};  ///< a bit for each slot that holds something
  std::set<Ripe> m_current;

  static constexpr std::array<Handle, kLevels * kSlots> filled() {
    std::array<Handle, kLevels * kSlots> heads{};
    heads.fill(kNone);
    return heads;
  }
};

}  // namespace hearth::core
