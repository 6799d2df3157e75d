// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing_wheel.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace hearth::core {

std::uint64_t TimingWheel::tickOf(Instant due) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(due.micros, 0)) >> kTickBits;
}

TimingWheel::Handle TimingWheel::arm(Instant due, std::uint64_t subject) {
  Handle timer = m_free;
  if (timer == kNone) {
    HEARTH_CHECK(m_nodes.size() < kNone, "there are fewer timers than handles");
    timer = static_cast<Handle>(m_nodes.size());
    m_nodes.emplace_back();
  } else {
    m_free = m_nodes[timer].next;
  }
  m_nodes[timer].due = due;
  m_nodes[timer].subject = subject;
  ++m_size;
  place(timer);
  return timer;
}

void TimingWheel::place(Handle timer) {
  Node& node = m_nodes[timer];
  const std::uint64_t tick = tickOf(node.due);
  if (tick <= m_tick) {
    node.slot = kInCurrent;
    m_current.insert({node.due, node.subject, timer});
    return;
  }
  // The highest digit (base kSlots) in which it differs from the present tick names the level.
  const int level = (static_cast<int>(std::bit_width(tick ^ m_tick)) - 1) / kSlotBits;
  const std::size_t slot = (tick >> (level * kSlotBits)) & (kSlots - 1);
  const std::size_t at = static_cast<std::size_t>(level) * kSlots + slot;
  node.slot = static_cast<std::uint16_t>(at);
  node.previous = kNone;
  node.next = m_heads[at];
  if (node.next != kNone) m_nodes[node.next].previous = timer;
  m_heads[at] = timer;
  m_occupied[static_cast<std::size_t>(level)] |= std::uint64_t{1} << slot;
}

void TimingWheel::unlink(const Node& node) {
  if (node.next != kNone) m_nodes[node.next].previous = node.previous;
  if (node.previous != kNone) {
    m_nodes[node.previous].next = node.next;
    return;
  }
  m_heads[node.slot] = node.next;
  if (node.next == kNone) m_occupied[node.slot / kSlots] &= ~(std::uint64_t{1} << (node.slot % kSlots));
}

void TimingWheel::cancel(Handle timer) {
  HEARTH_CHECK(timer < m_nodes.size(), "only an armed timer is cancelled");
  Node& node = m_nodes[timer];
  if (node.slot == kInCurrent) {
    HEARTH_CHECK(m_current.erase({node.due, node.subject, timer}) == 1, "only an armed timer is cancelled");
  } else {
    unlink(node);
  }
  node.next = m_free;
  m_free = timer;
  --m_size;
}

std::optional<int> TimingWheel::lowestLevel() const {
  // Within a level every occupied slot is later than the present tick's, and any level is earlier than those above it.
  for (int level = 0; level < kLevels; ++level) {
    if (m_occupied[static_cast<std::size_t>(level)] != 0) return level;
  }
  return std::nullopt;
}

std::uint64_t TimingWheel::beginOf(int level) const {
  const auto slot = static_cast<std::uint64_t>(std::countr_zero(m_occupied[static_cast<std::size_t>(level)]));
  const int shift = level * kSlotBits;
  const std::uint64_t above = (m_tick >> shift >> kSlotBits) << kSlotBits;
  return (above | slot) << shift;
}

bool TimingWheel::advance(std::uint64_t target) {
  const std::optional<int> level = lowestLevel();
  if (!level) return false;
  const std::uint64_t begin = beginOf(*level);
  if (begin > target) return false;
  const auto slot = static_cast<std::size_t>(std::countr_zero(m_occupied[static_cast<std::size_t>(*level)]));
  const std::size_t at = static_cast<std::size_t>(*level) * kSlots + slot;
  Handle timer = m_heads[at];
  m_heads[at] = kNone;
  m_occupied[static_cast<std::size_t>(*level)] &= ~(std::uint64_t{1} << slot);
  m_tick = begin;
  while (timer != kNone) {
    const Handle next = m_nodes[timer].next;
    place(timer);
    timer = next;
  }
  return true;
}

std::optional<std::uint64_t> TimingWheel::takeDue(Instant now) {
  const std::uint64_t target = tickOf(now);
  while (m_current.empty()) {
    if (!advance(target)) return std::nullopt;
  }
  const Ripe ripe = *m_current.begin();
  if (ripe.due > now) return std::nullopt;
  cancel(ripe.timer);
  return ripe.subject;
}

Instant TimingWheel::earliest() const {
  if (!m_current.empty()) return m_current.begin()->due;
  const std::optional<int> level = lowestLevel();
  if (!level) return Instant::farFuture();
  return {static_cast<std::int64_t>(beginOf(*level) << kTickBits)};
}

}  // namespace hearth::core
