// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/power.h"

#include <windows.h>

namespace hearth::agent {

std::optional<Power> readPower(const std::filesystem::path&) {
  constexpr BYTE kOffline = 0, kNoBattery = 128, kUnknownFlag = 255, kUnknownPercent = 255;
  SYSTEM_POWER_STATUS status{};
  if (::GetSystemPowerStatus(&status) == 0) return std::nullopt;
  Power power;
  power.onBattery = status.ACLineStatus == kOffline;
  const bool battery = status.BatteryFlag != kUnknownFlag && (status.BatteryFlag & kNoBattery) == 0;
  if (battery && status.BatteryLifePercent != kUnknownPercent) power.charge = status.BatteryLifePercent;
  return power;
}

}  // namespace hearth::agent
