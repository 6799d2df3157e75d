// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/machine_marks.h"

#include <algorithm>

namespace hearth::agent {
namespace {

bool isSystem(const std::string& mark) { return mark.starts_with("system:"); }

}  // namespace

bool isOtherMachine(const std::vector<std::string>& kept, const std::vector<std::string>& now) {
  bool hardwareKept = false, hardwareNow = false, same = false, systemKept = false, systemNow = false,
       sameSystem = false;
  for (const std::string& mark : now) (isSystem(mark) ? systemNow : hardwareNow) = true;
  for (const std::string& mark : kept) {
    const bool there = std::find(now.begin(), now.end(), mark) != now.end();
    (isSystem(mark) ? systemKept : hardwareKept) = true;
    (isSystem(mark) ? sameSystem : same) |= there;
  }
  if (hardwareKept && hardwareNow) return !same;
  return !hardwareKept && !hardwareNow && systemKept && systemNow && !sameSystem;
}

}  // namespace hearth::agent
