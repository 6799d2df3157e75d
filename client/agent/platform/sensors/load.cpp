// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/load.h"

#include <algorithm>

namespace hearth::agent {

std::optional<double> OthersLoad::note(const Reading& reading, double ticksOfASecond) {
  if (!m_last) {
    m_last = reading;
    return std::nullopt;
  }
  const auto all = static_cast<double>(reading.all - std::min(reading.all, m_last->all));
  if (all < ticksOfASecond) return m_percent;  // of all processors, between two readings: less says nothing
  const double own = (reading.own - m_last->own).inSeconds() * ticksOfASecond;
  const double others = static_cast<double>(reading.busy - std::min(reading.busy, m_last->busy)) - own;
  m_percent = std::clamp(100 * others / all, 0.0, 100.0);
  m_last = reading;
  return m_percent;
}

}  // namespace hearth::agent
