// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/time.h"

namespace hearth::core {

/// When which lease ends; at equal times in the order of their attempts. O(log n) each. Owned by the Dispatcher.
class LeaseTimers {
 public:
  void add(Instant due, AttemptId attempt) { m_entries.emplace(due, attempt); }
  void remove(Instant due, AttemptId attempt) { m_entries.erase({due, attempt}); }

  /// Takes the earliest entry that is due at `now`.
  std::optional<AttemptId> takeDue(Instant now);

  Instant earliest() const { return m_entries.empty() ? Instant::farFuture() : m_entries.begin()->first; }
  std::size_t size() const { return m_entries.size(); }

 private:
  std::set<std::pair<Instant, AttemptId>> m_entries;
};

}  // namespace hearth::core
