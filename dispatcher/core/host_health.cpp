// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host_health.h"

#include <algorithm>

namespace hearth::core {
namespace {

constexpr std::uint32_t kLessFrom = 3;
constexpr std::uint32_t kNoneFrom = 8;
constexpr std::uint32_t kMostStrikes = 13;
constexpr Duration kFirstHostRest = Duration::hours(1);
constexpr Duration kLongestHostRest = Duration::hours(24);
constexpr Duration kFirstTaskRest = Duration::seconds(5);
constexpr Duration kLongestTaskRest = Duration::minutes(10);

}  // namespace

Fault faultOf(AttemptState state, const ResultReport& report) {
  if (state == AttemptState::kExpired) return Fault::kHost;
  if (state == AttemptState::kAborted) return Fault::kOurs;
  switch (report.exit) {
    case ExitKind::kOk:
      return Fault::kNone;
    case ExitKind::kHostFailed:
      return Fault::kHost;
    case ExitKind::kInputFailed:
      return Fault::kOurs;
    default:
      return Fault::kTask;
  }
}

void HostHealth::strike(Instant now) {
  m_strikes = std::min(m_strikes + 1, kMostStrikes);
  if (m_strikes < kNoneFrom) return;
  m_restsUntil = now + std::min(kFirstHostRest * (std::int64_t{1} << (m_strikes - kNoneFrom)), kLongestHostRest);
}

void HostHealth::good() {
  m_strikes /= 2;
  m_restsUntil = {};
}

std::uint32_t HostHealth::allowed(std::uint32_t most, Instant now) const {
  if (m_strikes < kLessFrom) return most;
  if (m_strikes >= kNoneFrom) return now < m_restsUntil ? 0 : std::min(most, 1U);
  return std::min(most, std::max(1U, 16U >> (m_strikes - kLessFrom)));
}

Duration restAfter(std::uint32_t failures) {
  if (failures < 2) return {};
  const std::uint32_t doublings = std::min(failures - 2, 10U);
  return std::min(kFirstTaskRest * (std::int64_t{1} << doublings), kLongestTaskRest);
}

}  // namespace hearth::core
