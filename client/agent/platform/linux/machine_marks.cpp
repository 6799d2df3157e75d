// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/machine_marks.h"

#include <algorithm>
#include <system_error>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

constexpr const char* kSystem = "system:";

void put(std::vector<std::string>& marks, const char* kind, const std::string& text) {
  if (!text.empty()) marks.push_back(kind + text);
}

bool isSystem(const std::string& mark) { return mark.starts_with(kSystem); }

}  // namespace

std::vector<std::string> machineMarks(const std::filesystem::path& root) {
  std::vector<std::string> marks;
  put(marks, "board:", smallFile(root / "sys/class/dmi/id/product_uuid"));
  put(marks, "board:", smallFile(root / "sys/class/dmi/id/board_serial"));
  put(marks, "board:", smallFile(root / "sys/firmware/devicetree/base/serial-number"));
  for (const auto& card : entriesOf(root / "sys/class/net", "")) {
    std::error_code error;
    // An address that is not the card's own changes by itself, and a bridge or tunnel is no card.
    if (!std::filesystem::exists(card / "device", error) || smallFile(card / "addr_assign_type") != "0") continue;
    put(marks, "card:", smallFile(card / "address"));
  }
  put(marks, kSystem, smallFile(root / "etc/machine-id"));
  std::sort(marks.begin(), marks.end());
  return marks;
}

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
