// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/group.h"

/// What people's programs and the server say to each other about groups of hosts and quotas. Plain values, as in
/// wire/people.h.
namespace hearth::wire {

/// POST /api/v1/groups; PUT /api/v1/groups/{group} without the name. Absent members of a PUT stay as they are.
struct GroupRequest {
  std::string name;
  std::optional<bool> guests;
  std::optional<bool> beyond;
  std::optional<std::uint64_t> attempts;
  std::optional<std::uint64_t> batches;
  bool operator==(const GroupRequest&) const = default;
};
struct GroupView {
  GroupId id;
  std::string name;
  std::string owner;  ///< the account's name, as those of the members
  std::vector<std::string> members;
  bool guests = false;
  bool beyond = true;
  Quota quota;
  Instant created;
  bool operator==(const GroupView&) const = default;
};

/// POST /api/v1/hosts/{host}/group; empty: the host becomes public.
struct HostGroupRequest {
  std::string group;
  bool operator==(const HostGroupRequest&) const = default;
};

/// PUT /api/v1/accounts/{account}/quota; 0: no bound.
struct QuotaRequest {
  Quota quota;
  bool operator==(const QuotaRequest&) const = default;
};
/// GET of it: what the account may have, and has.
struct QuotaView {
  Quota quota;
  bool own = false;  ///< it was set for this account; else it is the project's
  std::uint64_t bytes = 0;
  bool operator==(const QuotaView&) const = default;
};

std::string toJson(const GroupRequest&);
std::string toJson(const GroupView&);
/// `{groups: […]}`
std::string groupsJson(const std::vector<GroupView>& groups);
std::string toJson(const HostGroupRequest&);
std::string toJson(const QuotaRequest&);
std::string toJson(const QuotaView&);

/// `isNew`: it must have a name.
Result<GroupRequest> parseGroupRequest(std::string_view json, bool isNew);
Result<GroupView> parseGroupView(std::string_view json);
Result<std::vector<GroupView>> parseGroups(std::string_view json);
Result<HostGroupRequest> parseHostGroupRequest(std::string_view json);
Result<QuotaRequest> parseQuotaRequest(std::string_view json);
Result<QuotaView> parseQuotaView(std::string_view json);

}  // namespace hearth::wire
