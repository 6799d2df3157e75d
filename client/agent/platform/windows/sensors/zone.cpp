// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/zone.h"

#include <windows.h>

namespace hearth::agent {

Duration zoneOffset(Instant wall) {
  constexpr std::int64_t kFrom1601To1970 = 11'644'473'600;
  const auto ticks = static_cast<std::uint64_t>((wall.micros + kFrom1601To1970 * 1'000'000) * 10);
  const FILETIME time{static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
  SYSTEMTIME utc{}, local{};
  FILETIME shown{};
  if (::FileTimeToSystemTime(&time, &utc) == 0 || ::SystemTimeToTzSpecificLocalTime(nullptr, &utc, &local) == 0 ||
      ::SystemTimeToFileTime(&local, &shown) == 0) {
    return {};
  }
  const std::uint64_t there = (std::uint64_t{shown.dwHighDateTime} << 32) | shown.dwLowDateTime;
  // A SYSTEMTIME ends with its milliseconds.
  const std::int64_t seconds = (static_cast<std::int64_t>(there) - static_cast<std::int64_t>(ticks)) / 10'000'000;
  return Duration::seconds((seconds + (seconds < 0 ? -30 : 30)) / 60 * 60);
}

}  // namespace hearth::agent
