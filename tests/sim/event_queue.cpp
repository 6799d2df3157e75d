// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/event_queue.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace hearth::sim {
namespace {

bool later(const Happening& a, const Happening& b) {
  if (a.at != b.at) return a.at > b.at;
  if (a.entity != b.entity) return a.entity > b.entity;
  return a.sequence > b.sequence;
}

}  // namespace

void EventQueue::add(Duration at, std::uint32_t entity, std::uint32_t what) {
  ++m_size;
  place({at.micros, entity, m_sequence++, what});
}

void EventQueue::place(const Happening& happening) {
  const std::int64_t tick = happening.at >> kTickBits;
  if (tick <= m_tick) {
    m_present.push_back(happening);
    std::push_heap(m_present.begin(), m_present.end(), later);
    return;
  }
  for (int level = 0; level < kLevels; ++level) {
    const int shift = level * kSlotBits;
    if (tick >> (shift + kSlotBits) != m_tick >> (shift + kSlotBits)) continue;
    const auto slot = static_cast<std::size_t>(tick >> shift) % kSlots;
    Level& wheel = m_levels[static_cast<std::size_t>(level)];
    wheel.slots[slot].push_back(happening);
    wheel.used[slot / 64] |= std::uint64_t{1} << slot % 64;
    return;
  }
  m_far.push_back(happening);
}

std::optional<Happening> EventQueue::next() {
  while (m_present.empty()) {
    if (!refill()) return std::nullopt;
  }
  std::pop_heap(m_present.begin(), m_present.end(), later);
  const Happening happening = m_present.back();
  m_present.pop_back();
  --m_size;
  return happening;
}

/// Moves on to the next tick that holds something, or at least nearer to it; false when nothing is left.
bool EventQueue::refill() {
  for (int level = 0; level < kLevels; ++level) {
    if (refillFrom(level)) return true;
  }
  if (m_far.empty()) return false;
  const auto first =
      std::min_element(m_far.begin(), m_far.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  m_tick = first->at >> kTickBits;
  spill(m_far);
  return true;
}

bool EventQueue::refillFrom(int index) {
  Level& level = m_levels[static_cast<std::size_t>(index)];
  const int shift = index * kSlotBits;
  const auto present = static_cast<std::size_t>(m_tick >> shift) % kSlots;
  for (std::size_t word = (present + 1) / 64; word < level.used.size(); ++word) {
    std::uint64_t bits = level.used[word];
    if (word == (present + 1) / 64) bits &= ~std::uint64_t{0} << (present + 1) % 64;
    if (bits == 0) continue;
    const std::size_t slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    level.used[word] &= ~(std::uint64_t{1} << slot % 64);
    m_tick = ((m_tick >> (shift + kSlotBits) << kSlotBits) + static_cast<std::int64_t>(slot)) << shift;
    spill(level.slots[slot]);
    return true;
  }
  return false;
}

void EventQueue::spill(std::vector<Happening>& slot) {
  HEARTH_CHECK(m_moving.empty(), "one slot is moved at a time");
  std::swap(m_moving, slot);
  for (const Happening& happening : m_moving) place(happening);
  m_moving.clear();
}

}  // namespace hearth::sim
