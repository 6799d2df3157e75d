// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of hosts: who owns them, who is a member, which hosts are in them and what they let others do.
#include <algorithm>
#include <utility>

#include "server/api/group_parts.h"
#include "server/api/problem_at.h"

namespace hearth::server {
namespace {

/// Keeps the group and answers with it as it is from then on.
void keep(ApiContext& context, unsigned status, Group group, const Respond& respond) {
  const std::string name = group.name;
  context.deps.runtime.post(core::PutGroup{std::move(group)}, [&context, status, name, respond](ReplyBody reply) {
    if (!reply) return respondError(respond, std::move(reply).error());
    runOn(context.calls, respond, [&context, status, name, respond] {
      const auto kept = valueOr(context.deps.read.groupByName(name), respond);
      if (!kept) return;
      if (!*kept) {
        return respondError(respond, {ErrorCode::kNotFound, "The group is gone again.", "List your groups."});
      }
      respond(jsonResponse(status, wire::toJson(viewOf(context, **kept))));
    });
  });
}

void adopt(const wire::GroupRequest& asked, Group& group) {
  group.guests = asked.guests.value_or(group.guests);
  group.beyond = asked.beyond.value_or(group.beyond);
  group.quota.attempts = asked.attempts.value_or(group.quota.attempts);
  group.quota.batches = asked.batches.value_or(group.quota.batches);
}

void create(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseGroupRequest(request->body, true), respond);
  if (!asked) return;
  Group group;
  group.name = asked->name;
  group.owner = caller.account.id;
  group.members = {caller.account.id};
  adopt(*asked, group);
  keep(context, 201, std::move(group), at("name", respond));
}

std::optional<Group> ownGroup(ApiContext& context, const Caller& caller, const RequestPtr& request,
                              const Respond& respond) {
  return valueOr(groupOf(context, caller, request->captures.at(0), GroupAccess::kOwner), at("group", respond));
}

void change(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseGroupRequest(request->body, false), respond);
  if (!asked) return;
  auto group = ownGroup(context, caller, request, respond);
  if (!group) return;
  adopt(*asked, *group);
  keep(context, 200, std::move(*group), respond);
}

void remove(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto group = ownGroup(context, caller, request, respond);
  if (!group) return;
  context.deps.runtime.post(core::DropGroup{group->id}, [respond](ReplyBody reply) {
    if (!reply) return respondError(respond, std::move(reply).error());
    respond({204, {}, std::string{}});
  });
}

void list(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto groups = valueOr(context.deps.read.groupsOf(caller.account.id), respond);
  if (!groups) return;
  std::vector<wire::GroupView> views;
  for (const Group& group : *groups) views.push_back(viewOf(context, group));
  respond(jsonResponse(200, wire::groupsJson(views)));
}

void show(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto group =
      valueOr(groupOf(context, caller, request->captures.at(0), GroupAccess::kMember), at("group", respond));
  if (group) respond(jsonResponse(200, wire::toJson(viewOf(context, *group))));
}

void listHosts(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto group =
      valueOr(groupOf(context, caller, request->captures.at(0), GroupAccess::kMember), at("group", respond));
  if (!group) return;
  const auto after = valueOr(queryNumber(*request, "after", 0), respond);
  if (!after) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  const auto rows = valueOr(context.deps.read.groupHosts(group->id, HostId{*after}, *limit), respond);
  if (!rows) return;
  wire::HostPage page;
  for (const Host& row : *rows) page.hosts.push_back(viewOfHost(context, row));
  if (rows->size() == *limit) page.next = rows->back().id.value;
  respond(jsonResponse(200, wire::toJson(page)));
}

std::optional<Account> memberNamed(ApiContext& context, const Request& request, const Respond& respond) {
  const std::string& name = request.captures.at(1);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return std::nullopt;
  if (*account) return **account;
  respondError(at("account", respond), {ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                                        "Ask the person for the name that they sign in with."});
  return std::nullopt;
}

void addMember(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto group = ownGroup(context, caller, request, respond);
  if (!group) return;
  const auto account = memberNamed(context, *request, respond);
  if (!account) return;
  const auto place = std::lower_bound(group->members.begin(), group->members.end(), account->id);
  if (place == group->members.end() || *place != account->id) group->members.insert(place, account->id);
  keep(context, 200, std::move(*group), respond);
}

/// By the owner, or by a member who leaves.
void removeMember(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const bool leaves = request->captures.at(1) == caller.account.name;
  const auto access = leaves ? GroupAccess::kMember : GroupAccess::kOwner;
  auto group = valueOr(groupOf(context, caller, request->captures.at(0), access), at("group", respond));
  if (!group) return;
  const auto account = memberNamed(context, *request, respond);
  if (!account) return;
  if (account->id == group->owner) {
    return respondError(at("account", respond), {ErrorCode::kConflict, "The owner of a group is always a member.",
                                                 "Delete the group, or let it be."});
  }
  std::erase(group->members, account->id);
  keep(context, 200, std::move(*group), respond);
}

/// A host goes into a group of its owner's, or becomes public.
void moveHost(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto id = valueOr(captureId<HostId>(*request, 0, "host"), respond);
  if (!id) return;
  const auto asked = valueOr(wire::parseHostGroupRequest(request->body), respond);
  if (!asked) return;
  const auto rows = valueOr(context.deps.read.hosts(caller.account.id, HostId{id->value - 1}, 1), respond);
  if (!rows) return;
  if (rows->empty() || rows->front().id != *id) {
    return respondError(at("host", respond),
                        {ErrorCode::kNotFound, "There is no host " + std::to_string(id->value) + " that is yours.",
                         "A host is moved by its owner: list your hosts: GET /api/v1/hosts"});
  }
  GroupId group;
  if (!asked->group.empty()) {
    const auto found = valueOr(groupOf(context, caller, asked->group, GroupAccess::kMember), at("group", respond));
    if (!found) return;
    group = found->id;
  }
  Host moved = rows->front();
  moved.group = group;
  context.deps.runtime.post(core::MoveHost{*id, group}, [&context, moved, respond](ReplyBody reply) {
    if (!reply) return respondError(respond, std::move(reply).error());
    runOn(context.calls, respond,
          [&context, moved, respond] { respond(jsonResponse(200, wire::toJson(viewOfHost(context, moved)))); });
  });
}

}  // namespace

Result<Group> groupOf(ApiContext& context, const Caller& caller, const std::string& name, GroupAccess access) {
  auto group = context.deps.read.groupByName(name);
  if (!group) return fail(std::move(group).error());
  if (!*group || !(*group)->has(caller.account.id)) {
    return fail(ErrorCode::kNotFound,
                "There is no group '" + name.substr(0, 200) + "' that '" + caller.account.name + "' is a member of.",
                "List your groups: GET /api/v1/groups");
  }
  if (access == GroupAccess::kOwner && (*group)->owner != caller.account.id) {
    return fail(ErrorCode::kForbidden, "Only the owner of a group may do this.",
                "Ask " + accountName(context, (*group)->owner) + ".");
  }
  return std::move(**group);
}

wire::GroupView viewOf(ApiContext& context, const Group& group) {
  wire::GroupView view;
  view.id = group.id;
  view.name = group.name;
  view.owner = accountName(context, group.owner);
  for (const AccountId member : group.members) view.members.push_back(accountName(context, member));
  view.guests = group.guests;
  view.beyond = group.beyond;
  view.quota = group.quota;
  view.created = group.created;
  return view;
}

Result<GroupId> placeOf(ApiContext& context, const Caller& caller, const Placement& placement) {
  if (placement.where == Where::kAnywhere) return GroupId{};
  const auto group = groupOf(context, caller, placement.group, GroupAccess::kMember);
  if (!group) return fail(ErrorCode::kInvalid, group.error().message, group.error().hint);
  if (placement.where == Where::kGroupBeyond && !group->beyond) {
    return fail(ErrorCode::kInvalid, "The group '" + group->name + "' keeps its members' batches to its own machines.",
                "Write where = \"group " + group->name + "\", or where = \"anywhere\" to run without its machines.");
  }
  return group->id;
}

void addGroupRoutes(Routes& routes, ApiContext& context) {
  using Call = void (*)(ApiContext&, const Caller&, const RequestPtr&, const Respond&);
  const auto add = [&](Method method, std::string_view pattern, Call call) {
    routes.person(method, pattern, {},
                  [&context, call](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    call(context, caller, request, respond);
                  });
  };
  routes.person(
      Method::kGet, "/api/v1/groups", {},
      [&context](const Caller& caller, const RequestPtr&, const Respond& respond) { list(context, caller, respond); });
  add(Method::kPost, "/api/v1/groups", create);
  add(Method::kGet, "/api/v1/groups/{group}", show);
  add(Method::kPut, "/api/v1/groups/{group}", change);
  add(Method::kDelete, "/api/v1/groups/{group}", remove);
  add(Method::kGet, "/api/v1/groups/{group}/hosts", listHosts);
  add(Method::kPut, "/api/v1/groups/{group}/members/{account}", addMember);
  add(Method::kDelete, "/api/v1/groups/{group}/members/{account}", removeMember);
  add(Method::kPost, "/api/v1/hosts/{host}/group", moveHost);
}

}  // namespace hearth::server
