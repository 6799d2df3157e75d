// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/machine_marks.h"

#include <algorithm>
#include <system_error>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {
namespace {

void put(std::vector<std::string>& marks, const char* kind, const std::string& text) {
  if (!text.empty()) marks.push_back(kind + text);
}

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
  put(marks, "system:", smallFile(root / "etc/machine-id"));
  std::sort(marks.begin(), marks.end());
  return marks;
}

}  // namespace hearth::agent
