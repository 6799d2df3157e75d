// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "agent_core/policy.h"
#include "base/random.h"
#include "base/time.h"

namespace hearth::agent::test {

inline constexpr Instant kYearStart = Instant::ofUnixSeconds(1'767'571'200);  // a Monday
inline constexpr Duration kYearPoll = Duration::minutes(5);

/// What the owner does and the weather is, as the sensors see it.
class Surroundings {
 public:
  explicit Surroundings(std::uint64_t seed) : m_random(seed) {}

  /// Off until then, when it is switched off.
  std::optional<Instant> off(Instant now) {
    plan(now);
    return now >= m_offFrom && now < m_offTo ? std::optional(m_offTo) : std::nullopt;
  }
  PolicyFacts see(Instant now, double busyPart) {
    plan(now);
    PolicyFacts facts;
    const std::int64_t day = (now - kYearStart).micros / Duration::days(1).micros;
    facts.localOffset = day > 85 && day < 300 ? Duration::hours(2) : Duration::hours(1);
    const bool here = now >= m_from && now < m_to;
    if (here) m_input = now;
    if (m_input > Instant{}) facts.lastInput = m_input;
    facts.onBattery = here && m_unplugged;
    if (facts.onBattery)
      facts.charge = static_cast<std::uint32_t>(std::max(5.0, 100 - (now - m_from).inSeconds() / 120));
    const double season = 10 - 14 * std::cos(2 * 3.14159265 * static_cast<double>(day) / 365);
    m_celsius += 0.4 * (35 + season + 38 * busyPart - m_celsius);
    facts.celsius = m_celsius;
    facts.program = here && m_game && now > m_from + Duration::minutes(20) ? "supertuxkart" : "";
    facts.fullScreen = !facts.program.empty();
    facts.metered = m_travels;
    facts.othersLoad = here ? 20 + m_random.below(60) : m_random.below(5);
    facts.memoryPressure = here && m_random.below(50) == 0 ? 30 : 0;
    return facts;
  }
  /// When something changes by itself.
  Instant next(Instant now) {
    plan(now);
    Instant next = now + kYearPoll;
    for (const Instant at : {m_from, m_to, m_offFrom, m_offTo}) {
      if (at > now) next = std::min(next, at);
    }
    return next;
  }

 private:
  void plan(Instant now) {
    const std::int64_t day = (now - kYearStart).micros / Duration::days(1).micros;
    if (day == m_day) return;
    m_day = day;
    const Instant midnight = kYearStart + Duration::days(day);
    const bool weekend = day % 7 >= 5;
    m_from = midnight + Duration::minutes(weekend ? 600 + m_random.below(360) : 1020 + m_random.below(120));
    m_to = m_from + Duration::minutes(30 + m_random.below(weekend ? 420 : 240));
    m_unplugged = m_random.below(5) == 0;
    m_game = weekend && m_random.below(2) == 0;
    m_travels = day % 60 >= 56;
    m_offFrom = m_offTo = midnight;
    if (m_random.below(4) == 0) m_offTo = midnight + Duration::hours(7);
    if (day % 90 == 45) m_offTo = midnight + Duration::hours(23);
  }

  RandomStream m_random;
  std::int64_t m_day = -1;
  Instant m_from, m_to, m_offFrom, m_offTo, m_input;
  bool m_unplugged = false, m_game = false, m_travels = false;
  double m_celsius = 40;
};

}  // namespace hearth::agent::test
