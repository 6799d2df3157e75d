// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/group.h"

#include <algorithm>

#include "model/account.h"

namespace hearth {
namespace {

constexpr std::string_view kAnywhere = "anywhere";
constexpr std::string_view kGroup = "group ";
constexpr std::string_view kBeyond = ", then anywhere";

}  // namespace

bool Group::has(AccountId account) const { return std::binary_search(members.begin(), members.end(), account); }

std::string formatPlacement(const Placement& placement) {
  if (placement.where == Where::kAnywhere) return std::string(kAnywhere);
  return std::string(kGroup) + placement.group +
         (placement.where == Where::kGroupBeyond ? std::string(kBeyond) : std::string{});
}

Result<Placement> parsePlacement(std::string_view text) {
  if (text == kAnywhere) return Placement{};
  std::string_view name = text;
  Placement placement{Where::kGroup, {}};
  if (name.ends_with(kBeyond)) {
    placement.where = Where::kGroupBeyond;
    name.remove_suffix(kBeyond.size());
  }
  if (name.starts_with(kGroup)) {
    placement.group = name.substr(kGroup.size());
    if (checkAccountName(placement.group)) return placement;
  }
  return fail(ErrorCode::kInvalid, "'" + std::string(text.substr(0, 300)) + "' is no place to run at.",
              "Write \"anywhere\", \"group NAME\" or \"group NAME, then anywhere\".");
}

}  // namespace hearth
