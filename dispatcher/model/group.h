// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth {

/// How much may be had at once; 0: no bound.
struct Quota {
  std::uint64_t attempts = 0;  ///< live ones
  std::uint64_t batches = 0;   ///< that are not over
  std::uint64_t bytes = 0;     ///< of data that is kept; of no meaning for a group
  bool operator==(const Quota&) const = default;
};

/// Hosts that belong together, a laboratory's say, and who may use them. A host is in one group or in none: then it is
/// public.
struct Group {
  GroupId id;
  std::string name;  ///< unique, as an account's
  AccountId owner;
  std::vector<AccountId> members = {};  ///< sorted, the owner among them
  bool guests = false;                  ///< whether batches of everybody may run on its hosts
  bool beyond = true;                   ///< whether batches that run on its hosts as members' may run elsewhere as well
  Quota quota = {};                     ///< of the batches that name it
  Instant created = {};
  bool operator==(const Group&) const = default;

  bool has(AccountId account) const;
};

/// Where a batch may run.
enum class Where : std::uint8_t {
  kAnywhere = 0,     ///< on public hosts, and in groups that let it
  kGroup = 1,        ///< in one group only
  kGroupBeyond = 2,  ///< in one group, and anywhere else
};

/// Where a scientist wants a batch to run: the group by its name.
struct Placement {
  Where where = Where::kAnywhere;
  std::string group = {};
  auto operator<=>(const Placement&) const = default;
};
/// "anywhere", "group NAME" or "group NAME, then anywhere".
std::string formatPlacement(const Placement& placement);
Result<Placement> parsePlacement(std::string_view text);

}  // namespace hearth
