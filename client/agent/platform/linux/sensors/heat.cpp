// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/heat.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

constexpr double kHottest = 150;  // what claims to be hotter, or below zero, measures nothing

bool isProcessor(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"coretemp", "k10temp", "zenpower", "x86_pkg_temp",
                                                      "cpu",      "soc",     "TCPU"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) { return name.starts_with(known); });
}

void take(std::optional<double>& hottest, const std::optional<double>& thousandths) {
  if (!thousandths || *thousandths <= 0 || *thousandths >= kHottest * 1000) return;
  hottest = std::max(hottest.value_or(0), *thousandths / 1000);
}

}  // namespace

std::optional<double> readHeat(const std::filesystem::path& root) {
  std::optional<double> processors, any;
  for (const auto& monitor : entriesOf(root / "sys/class/hwmon", "hwmon")) {
    if (!isProcessor(smallFile(monitor / "name"))) continue;
    for (const auto& file : entriesOf(monitor, "temp")) {
      if (file.string().ends_with("_input")) take(processors, numberIn(file));
    }
  }
  if (processors) return processors;
  for (const auto& zone : entriesOf(root / "sys/class/thermal", "thermal_zone")) {
    const auto thousandths = numberIn(zone / "temp");
    take(any, thousandths);
    if (isProcessor(smallFile(zone / "type"))) take(processors, thousandths);
  }
  return processors ? processors : any;
}

}  // namespace hearth::agent
