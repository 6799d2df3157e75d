// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lease_timers.h"

namespace hearth::core {

std::optional<AttemptId> LeaseTimers::takeDue(Instant now) {
  if (m_entries.empty() || m_entries.begin()->first > now) return std::nullopt;
  const AttemptId attempt = m_entries.begin()->second;
  m_entries.erase(m_entries.begin());
  return attempt;
}

}  // namespace hearth::core
