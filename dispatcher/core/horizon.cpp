// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/horizon.h"

#include <algorithm>

namespace hearth::core {
namespace {

constexpr Duration kNever = Duration::days(36'500);

double doneBy(const std::vector<Capacity>& hosts, Duration by) {
  std::int64_t done = 0;
  for (const Capacity& host : hosts) {
    const Duration left = by - host.freeIn;
    if (left >= host.whole) done += left.micros / std::max<std::int64_t>(host.whole.micros, 1) * host.slots;
  }
  return static_cast<double>(done);
}

}  // namespace

Duration horizon(const std::vector<Capacity>& hosts, double scale, double tasks) {
  constexpr int kHalvings = 24;  // to within a part in sixteen million
  Duration late = Duration::seconds(1);
  while (late < kNever && scale * doneBy(hosts, late) < tasks) late = late * 2;
  if (late >= kNever) return kNever;
  Duration early = late / 2;
  for (int i = 0; i < kHalvings && late - early > Duration::milliseconds(1); ++i) {
    const Duration middle = early + (late - early) / 2;
    (scale * doneBy(hosts, middle) < tasks ? early : late) = middle;
  }
  return late;
}

Duration leftOf(Duration whole, Duration seen) { return std::max({whole - seen, whole / 20, seen / 5}); }

}  // namespace hearth::core
