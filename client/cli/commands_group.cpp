// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of machines and quotas.
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/files.h"
#include "wire/group.h"
#include "wire/json_writer.h"
#include "wire/manifest.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

std::string groupPath(const std::string& group, const std::string& rest = {}) {
  return "/api/v1/groups/" + percentEncoded(group) + rest;
}

std::string bound(std::uint64_t most) { return most == 0 ? "no bound" : std::to_string(most); }

std::string listOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// What was made of a group, for a script or for a person.
int say(const Context& context, const wire::GroupView& group) {
  if (context.asJson) {
    context.out << wire::toJson(group) << '\n';
    return kExitOk;
  }
  context.out << "Group " << printable(group.name) << ", owned by " << printable(group.owner)
              << "\n  members:        " << printable(listOf(group.members))
              << "\n  may use it:     " << (group.guests ? "everybody, after its members" : "its members")
              << "\n  its batches:    " << (group.beyond ? "may run elsewhere, too" : "stay on its machines")
              << "\n  running tasks:  " << bound(group.quota.attempts)
              << "\n  open batches:   " << bound(group.quota.batches) << '\n';
  return kExitOk;
}

Result<std::optional<bool>> yesOrNo(const std::string& option, const std::string& text) {
  if (text.empty()) return std::optional<bool>();
  if (text == "yes" || text == "no") return std::optional<bool>(text == "yes");
  return fail(ErrorCode::kInvalid, option + ": '" + text + "' is neither yes nor no", "Write yes or no.");
}

Result<wire::GroupRequest> requestOf(const GroupOptions& options) {
  wire::GroupRequest request;
  const auto guests = yesOrNo("--guests", options.guests);
  if (!guests) return fail(guests.error());
  const auto beyond = yesOrNo("--beyond", options.beyond);
  if (!beyond) return fail(beyond.error());
  request.guests = *guests;
  request.beyond = *beyond;
  request.attempts = options.attempts;
  request.batches = options.batches;
  return request;
}

/// A call about a group that answers with it as it is then.
Result<int> change(const Context& context, const std::string& method, const std::string& path, std::string body) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto group = api->call(method, path, std::move(body), &wire::parseGroupView);
  if (!group) return fail(std::move(group).error());
  return say(context, *group);
}

}  // namespace

Result<int> groupAdd(const Context& context, const GroupOptions& options) {
  auto request = requestOf(options);
  if (!request) return fail(std::move(request).error());
  request->name = options.name;
  return change(context, "POST", "/api/v1/groups", wire::toJson(*request));
}

Result<int> groupSet(const Context& context, const GroupOptions& options) {
  auto request = requestOf(options);
  if (!request) return fail(std::move(request).error());
  if (*request == wire::GroupRequest{}) {
    return fail(ErrorCode::kInvalid, "there is nothing to set",
                "Give --guests, --beyond, --attempts or --batches; see the group: hearth group show " + options.name);
  }
  return change(context, "PUT", groupPath(options.name), wire::toJson(*request));
}

Result<int> groupRemove(const Context& context, const std::string& group) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(api->act("DELETE", groupPath(group), {}, false));
  if (context.asJson)
    context.out << wire::JsonWriter().beginObject().member("name", group).member("removed", true).endObject().take()
                << '\n';
  else
    context.out << "The group " << printable(group) << " is gone.\n";
  return kExitOk;
}

Result<int> groupList(const Context& context) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto groups = api->get("/api/v1/groups", &wire::parseGroups);
  if (!groups) return fail(std::move(groups).error());
  if (context.asJson) {
    context.out << wire::groupsJson(*groups) << '\n';
    return kExitOk;
  }
  if (groups->empty()) {
    context.out << "You are in no group yet. Make one with: hearth group add NAME\n";
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"GROUP", "OWNER", "MEMBERS", "GUESTS", "BEYOND", "TASKS", "BATCHES"}};
  for (const wire::GroupView& group : *groups) {
    rows.push_back({group.name, group.owner, std::to_string(group.members.size()), group.guests ? "yes" : "no",
                    group.beyond ? "yes" : "no", bound(group.quota.attempts), bound(group.quota.batches)});
  }
  printTable(context.out, rows);
  return kExitOk;
}

Result<int> groupShow(const Context& context, const std::string& group) {
  return change(context, "GET", groupPath(group), {});
}

Result<int> groupMember(const Context& context, const GroupMemberOptions& options) {
  return change(context, options.removes ? "DELETE" : "PUT",
                groupPath(options.group, "/members/" + percentEncoded(options.account)), {});
}

Result<int> hostMove(const Context& context, HostId host, const std::string& group) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(api->act("POST", "/api/v1/hosts/" + std::to_string(host.value) + "/group",
                      wire::toJson(wire::HostGroupRequest{group}), true));
  if (context.asJson)
    context.out << wire::JsonWriter().beginObject().member("id", host).member("group", group).endObject().take()
                << '\n';
  else if (group.empty())
    context.out << "Host " << host.value << " is in no group from now on: everybody's batches may run on it.\n";
  else
    context.out << "Host " << host.value << " is in the group " << printable(group) << " from now on.\n";
  return kExitOk;
}

namespace {

int say(const Context& context, const std::string& account, const wire::QuotaView& view) {
  if (context.asJson) {
    context.out << wire::toJson(view) << '\n';
    return kExitOk;
  }
  const std::string most = view.quota.bytes == 0 ? "no bound" : wire::formatByteCount(view.quota.bytes);
  context.out << "Quota of " << printable(account) << (view.own ? "" : " (the project's usual one)")
              << "\n  running tasks:  " << bound(view.quota.attempts)
              << "\n  open batches:   " << bound(view.quota.batches) << "\n  stored data:    " << most << ", has "
              << wire::formatByteCount(view.bytes) << '\n';
  return kExitOk;
}

}  // namespace

Result<int> accountQuota(const Context& context, const QuotaOptions& options) {
  HEARTH_TRY(checkAccountName(options.account));
  std::optional<std::uint64_t> bytes;
  if (!options.bytes.empty()) {
    auto read = options.bytes == "0" ? Result<std::uint64_t>(0) : wire::parseByteCount(options.bytes);
    if (!read) return fail(std::move(read).error().within("--bytes"));
    bytes = *read;
  }
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  const std::string path = "/api/v1/accounts/" + options.account + "/quota";
  auto now = api->get(path, &wire::parseQuotaView);
  if (!now) return fail(std::move(now).error());
  if (options.attempts || options.batches || bytes) {
    now->quota.attempts = options.attempts.value_or(now->quota.attempts);
    now->quota.batches = options.batches.value_or(now->quota.batches);
    now->quota.bytes = bytes.value_or(now->quota.bytes);
    now->own = true;
    HEARTH_TRY(api->act("PUT", path, wire::toJson(wire::QuotaRequest{now->quota}), true));
  }
  return say(context, options.account, *now);
}

Result<int> accountRoles(const Context& context, const AccountAddOptions& options) {
  HEARTH_TRY(checkAccountName(options.name));
  wire::AccountRequest request{options.name, {}};
  for (const std::string& text : options.roles) {
    auto role = parseRole(text);
    if (!role) return fail(std::move(role).error().within("--role"));
    request.roles = request.roles.with(*role);
  }
  wire::JsonWriter body;
  body.beginObject().key("roles").beginArray();
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    if (request.roles.has(role)) body.value(name(role));
  }
  const std::string roles = body.endArray().endObject().take();
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(api->act("PUT", "/api/v1/accounts/" + options.name + "/roles", roles, true));
  if (context.asJson)
    context.out << roles << '\n';
  else
    context.out << "The account " << options.name << " has these roles from now on: " << roleNames(request.roles)
                << ".\n";
  return kExitOk;
}

}  // namespace hearth::cli
