// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/power.h"

#include <algorithm>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {

std::optional<Power> readPower(const std::filesystem::path& root) {
  Power power;
  bool known = false, plugged = false, discharging = false;
  for (const auto& supply : entriesOf(root / "sys/class/power_supply", "")) {
    const std::string type = smallFile(supply / "type");
    if (type == "Mains" || type == "USB") plugged = plugged || smallFile(supply / "online") == "1";
    known = known || type == "Mains";
    if (type != "Battery" || smallFile(supply / "scope") == "Device") continue;
    known = true;
    discharging = discharging || smallFile(supply / "status") == "Discharging";
    if (const auto percent = numberIn(supply / "capacity")) {
      const auto charge = static_cast<std::uint32_t>(std::clamp(*percent, 0.0, 100.0));
      power.charge = std::min(power.charge.value_or(100), charge);
    }
  }
  if (!known) return std::nullopt;
  // A battery that cannot be loaded any more discharges a little on mains, too.
  power.onBattery = discharging && !plugged;
  return power;
}

}  // namespace hearth::agent
