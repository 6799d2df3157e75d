// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/power.h"

#include <algorithm>

#include <IOKit/ps/IOPSKeys.h>
#include <IOKit/ps/IOPowerSources.h>
#include <IOKit/pwr_mgt/IOPM.h>

#include "agent/platform/mac/owned.h"

namespace hearth::agent {
namespace {

int numberIn(CFDictionaryRef facts, CFStringRef name) {
  int value = 0;
  const auto* number = static_cast<CFNumberRef>(::CFDictionaryGetValue(facts, name));
  return number != nullptr && ::CFNumberGetValue(number, kCFNumberIntType, &value) ? value : -1;
}

}  // namespace

std::optional<Power> readPower(const std::filesystem::path&) {
  const Owned<CFTypeRef> all(::IOPSCopyPowerSourcesInfo());
  const Owned<CFArrayRef> sources(all ? ::IOPSCopyPowerSourcesList(all.get()) : nullptr);
  if (!sources) return std::nullopt;
  Power power;
  power.onBattery = textOf(::IOPSGetProvidingPowerSourceType(all.get())) == kIOPMBatteryPowerKey;
  for (CFIndex i = 0; i < ::CFArrayGetCount(sources.get()); ++i) {
    const CFDictionaryRef facts =
        ::IOPSGetPowerSourceDescription(all.get(), ::CFArrayGetValueAtIndex(sources.get(), i));
    if (facts == nullptr) continue;
    const int now = numberIn(facts, CFSTR(kIOPSCurrentCapacityKey)), full = numberIn(facts, CFSTR(kIOPSMaxCapacityKey));
    if (now < 0 || full <= 0) continue;
    const auto charge = static_cast<std::uint32_t>(std::clamp(100 * now / full, 0, 100));
    power.charge = std::min(power.charge.value_or(100), charge);
  }
  return power;
}

}  // namespace hearth::agent
