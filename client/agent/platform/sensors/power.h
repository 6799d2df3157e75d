// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace hearth::agent {

struct Power {
  bool onBattery = false;
  std::optional<std::uint32_t> charge;  ///< percent, of the emptiest battery
};
/// From /sys/class/power_supply. Batteries of mice and headsets do not count. None: the kernel knows of no supply.
std::optional<Power> readPower(const std::filesystem::path& root);

}  // namespace hearth::agent
