// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of machines: those that one is a member of, and each with its hosts, members and rules.
#include <utility>

#include "base/time_text.h"
#include "server/api/group_parts.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kHostsShown = 200;

json::object headOf(const wire::GroupView& group, const Caller& caller) {
  return {{"name", group.name},
          {"owner", group.owner},
          {"isOwner", group.owner == caller.account.name},
          {"guests", group.guests},
          {"beyond", group.beyond},
          {"memberCount", group.members.size()},
          {"attempts", group.quota.attempts},
          {"batches", group.quota.batches}};
}

Result<Page> groupsPage(ApiContext& context, const Caller& caller) {
  const auto groups = context.deps.read.groupsOf(caller.account.id);
  if (!groups) return fail(groups.error());
  json::array rows;
  for (const Group& group : *groups) {
    const auto hosts = context.deps.read.groupHosts(group.id, {}, kHostsShown);
    if (!hosts) return fail(hosts.error());
    json::object row = headOf(viewOf(context, group), caller);
    row["hostCount"] = hosts->size();
    row["manyHosts"] = hosts->size() == kHostsShown;
    rows.push_back(std::move(row));
  }
  return json::object{{"title", "Groups of machines"}, {"hasGroups", !rows.empty()}, {"groups", std::move(rows)}};
}

json::object hostRow(const wire::HostView& host, const Caller& caller) {
  return {{"id", host.id.value},
          {"name", host.description.name},
          {"account", host.account},
          {"platform", host.description.platform},
          {"processors", host.description.processors},
          {"revoked", host.revoked},
          {"isOwn", host.account == caller.account.name && !host.revoked}};
}

/// The caller's machines that are not in this group, to be moved there.
Result<json::array> movableHosts(ApiContext& context, const Caller& caller, GroupId group) {
  const auto own = context.deps.read.hosts(caller.account.id, {}, kHostsShown);
  if (!own) return fail(own.error());
  json::array rows;
  for (const Host& host : *own) {
    if (host.group != group && !host.revoked) rows.push_back(hostRow(viewOfHost(context, host), caller));
  }
  return rows;
}

Result<Page> groupPage(ApiContext& context, const Caller& caller, const std::string& name) {
  const auto group = groupOf(context, caller, name, GroupAccess::kMember);
  if (!group) return fail(group.error());
  const auto hosts = context.deps.read.groupHosts(group->id, {}, kHostsShown);
  if (!hosts) return fail(hosts.error());
  auto movable = movableHosts(context, caller, group->id);
  if (!movable) return fail(std::move(movable).error());
  const wire::GroupView view = viewOf(context, *group);
  json::object model{{"title", "Group " + view.name}, {"groupName", view.name}, {"group", headOf(view, caller)}};
  json::array members, rows;
  for (const std::string& member : view.members) {
    members.push_back(json::object{
        {"name", member},
        {"isOwner", member == view.owner},
        {"mayGo", member != view.owner && (view.owner == caller.account.name || member == caller.account.name)},
        {"isSelf", member == caller.account.name}});
  }
  for (const Host& host : *hosts) rows.push_back(hostRow(viewOfHost(context, host), caller));
  model["members"] = std::move(members);
  model["hasHosts"] = !rows.empty();
  model["hosts"] = std::move(rows);
  model["hasMovable"] = !movable->empty();
  model["movable"] = std::move(*movable);
  return model;
}

}  // namespace

void addGroupPages(Pages& pages, ApiContext& context) {
  pages.add("/groups", "groups", Access::kAccount,
            [&context](const Visitor& visitor, const RequestPtr&, const Show& show) {
              show(groupsPage(context, *visitor.caller));
            });
  pages.add("/groups/{group}", "group", Access::kAccount,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              show(groupPage(context, *visitor.caller, request->captures.at(0)));
            });
}

}  // namespace hearth::server
