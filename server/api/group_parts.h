// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "server/api/routes.h"
#include "wire/group.h"

namespace hearth::server {

/// What a caller must be to a group.
enum class GroupAccess { kMember, kOwner };
/// The group of this name, if the caller may; to others it does not exist.
Result<Group> groupOf(ApiContext& context, const Caller& caller, const std::string& name, GroupAccess access);
wire::GroupView viewOf(ApiContext& context, const Group& group);
wire::HostView viewOfHost(ApiContext& context, const Host& host);

/// The group that a placement names, for an owner who is one of its members; none for anywhere.
Result<GroupId> placeOf(ApiContext& context, const Caller& caller, const Placement& placement);

void addGroupRoutes(Routes& routes, ApiContext& context);
void addQuotaRoutes(Routes& routes, ApiContext& context);

}  // namespace hearth::server
