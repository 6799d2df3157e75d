// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>

#include "model/account.h"
#include "wire/group.h"
#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kRequestBytes = 64 * limits::kKiB;
constexpr std::size_t kTextBytes = 4 * limits::kKiB;
constexpr std::size_t kGroupsShown = 10'000;
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

void writeQuota(JsonWriter& json, const Quota& quota, bool withBytes) {
  json.beginObject().member("attempts", quota.attempts).member("batches", quota.batches);
  if (withBytes) json.member("bytes", quota.bytes);
  json.endObject();
}

void readQuota(JsonReader& json, Quota& quota) {
  quota.attempts = json.numberOr("attempts", 0, kMost);
  quota.batches = json.numberOr("batches", 0, kMost);
  quota.bytes = json.numberOr("bytes", 0, kMost);
}

void write(JsonWriter& json, const GroupView& group) {
  json.beginObject().member("id", group.id).member("name", group.name).member("owner", group.owner);
  writeArray(json, "members", group.members);
  json.member("guests", group.guests).member("beyond", group.beyond).key("quota");
  writeQuota(json, group.quota, false);
  json.member("created", group.created).endObject();
}

void read(JsonReader& json, GroupView& group) {
  group.id = json.id<GroupId>("id");
  group.name = json.text("name", kTextBytes);
  group.owner = json.textOr("owner", "", kTextBytes);
  group.members = json.texts("members", limits::kGroupMembers, kTextBytes);
  group.guests = json.flag("guests");
  group.beyond = json.flag("beyond");
  json.objectIfAny("quota", [&](JsonReader& inner) { readQuota(inner, group.quota); });
  group.created = json.instantOr("created");
}

std::optional<bool> flagIfAny(JsonReader& json, std::string_view member) {
  return json.has(member) ? std::optional(json.flag(member)) : std::nullopt;
}

std::optional<std::uint64_t> numberIfAny(JsonReader& json, std::string_view member) {
  return json.has(member) ? std::optional(json.number(member, kMost)) : std::nullopt;
}

}  // namespace

std::string toJson(const GroupRequest& request) {
  JsonWriter json;
  json.beginObject();
  if (!request.name.empty()) json.member("name", request.name);
  if (request.guests) json.member("guests", *request.guests);
  if (request.beyond) json.member("beyond", *request.beyond);
  if (request.attempts) json.member("attempts", *request.attempts);
  if (request.batches) json.member("batches", *request.batches);
  return json.endObject().take();
}

Result<GroupRequest> parseGroupRequest(std::string_view text, bool isNew) {
  return readJson<GroupRequest>(
      text,
      [isNew](JsonReader& json, GroupRequest& request) {
        if (isNew) {
          json.refuseUnknown({"name", "guests", "beyond", "attempts", "batches"});
          request.name = json.text("name");
          if (json.failed()) return;
          if (auto good = checkAccountName(request.name); !good) {
            json.refuse("name", "'" + request.name + "' is no name for a group", std::move(good).error().hint);
          }
        } else {
          json.refuseUnknown({"guests", "beyond", "attempts", "batches"});
        }
        request.guests = flagIfAny(json, "guests");
        request.beyond = flagIfAny(json, "beyond");
        request.attempts = numberIfAny(json, "attempts");
        request.batches = numberIfAny(json, "batches");
      },
      kRequestBytes);
}

std::string toJson(const GroupView& group) {
  JsonWriter json;
  write(json, group);
  return json.take();
}

Result<GroupView> parseGroupView(std::string_view text) {
  return readJson<GroupView>(text, [](JsonReader& json, GroupView& group) { read(json, group); });
}

std::string groupsJson(const std::vector<GroupView>& groups) {
  JsonWriter json(64 + 512 * groups.size());
  json.beginObject().key("groups").beginArray();
  for (const GroupView& group : groups) write(json, group);
  return json.endArray().endObject().take();
}

Result<std::vector<GroupView>> parseGroups(std::string_view text) {
  return readJson<std::vector<GroupView>>(text, [](JsonReader& json, std::vector<GroupView>& groups) {
    json.objects("groups", kGroupsShown, [&](JsonReader& inner) { read(inner, groups.emplace_back()); });
  });
}

std::string toJson(const HostGroupRequest& request) {
  return JsonWriter().beginObject().member("group", request.group).endObject().take();
}

Result<HostGroupRequest> parseHostGroupRequest(std::string_view text) {
  return readJson<HostGroupRequest>(
      text,
      [](JsonReader& json, HostGroupRequest& request) {
        json.refuseUnknown({"group"});
        request.group = json.text("group");
      },
      kRequestBytes);
}

std::string toJson(const QuotaRequest& request) {
  JsonWriter json;
  writeQuota(json, request.quota, true);
  return json.take();
}

Result<QuotaRequest> parseQuotaRequest(std::string_view text) {
  return readJson<QuotaRequest>(
      text,
      [](JsonReader& json, QuotaRequest& request) {
        json.refuseUnknown({"attempts", "batches", "bytes"});
        readQuota(json, request.quota);
      },
      kRequestBytes);
}

std::string toJson(const QuotaView& view) {
  JsonWriter json;
  json.beginObject().key("quota");
  writeQuota(json, view.quota, true);
  return json.member("own", view.own).member("bytes", view.bytes).endObject().take();
}

Result<QuotaView> parseQuotaView(std::string_view text) {
  return readJson<QuotaView>(text, [](JsonReader& json, QuotaView& view) {
    json.object("quota", [&](JsonReader& inner) { readQuota(inner, view.quota); });
    view.own = json.flag("own");
    view.bytes = json.number("bytes");
  });
}

}  // namespace hearth::wire
