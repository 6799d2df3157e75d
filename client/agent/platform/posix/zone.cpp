// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/zone.h"

#include <ctime>

namespace hearth::agent {

Duration zoneOffset(Instant wall) {
  ::tzset();  // the zone of the system may have been changed
  const std::time_t seconds = wall.inUnixSeconds();
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  return Duration::seconds(local.tm_gmtoff);
}

}  // namespace hearth::agent
