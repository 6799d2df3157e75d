// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/model_json.h"
#include "wire/people.h"

/// What people ask for, and the answers that belong to keys, tokens and applications.
namespace hearth::wire {
namespace {

constexpr std::size_t kTextBytes = 4 * limits::kKiB;
constexpr std::size_t kRequestBytes = 256 * limits::kKiB;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeysShown = 10'000;
constexpr std::size_t kApplicationsShown = 10'000;

std::optional<Duration> readTtl(JsonReader& json) {
  if (!json.has("ttlMs")) return std::nullopt;
  const Duration ttl = json.duration("ttlMs");
  if (ttl == Duration{}) json.refuse("ttlMs", "must be above 0");
  return ttl;
}

void readAppVersion(JsonReader& json, auto& version) {
  version.name = json.text("name");
  version.version = json.text("version");
  version.package = json.digest("package");
  json.object("signature", [&](JsonReader& inner) { readMembers(inner, version.signature); });
}

void writeAppVersion(JsonWriter& json, const auto& version) {
  json.member("name", version.name).member("version", version.version).member("package", version.package);
  json.key("signature");
  writeValue(json, version.signature);
}

void write(JsonWriter& json, const AppVersionView& version) {
  json.beginObject();
  writeAppVersion(json, version);
  json.member("created", version.created).endObject();
}

void read(JsonReader& json, AppVersionView& version) {
  readAppVersion(json, version);
  version.created = json.instant("created");
}

std::string tokenJson(std::string_view token, const std::string* link, Instant expires) {
  JsonWriter json;
  json.beginObject().member("token", token);
  if (link != nullptr) json.member("link", *link);
  return json.member("expires", expires).endObject().take();
}

}  // namespace

std::string toJson(const MeView& me) {
  JsonWriter json;
  json.beginObject().member("id", me.id).member("name", me.name).key("roles");
  writeValue(json, me.roles);
  return json.member("project", me.project).member("rootKey", me.rootKey).endObject().take();
}

Result<MeView> parseMeView(std::string_view text) {
  return readJson<MeView>(text, [](JsonReader& json, MeView& me) {
    me.id = json.id<AccountId>("id");
    me.name = json.text("name", kTextBytes);
    me.roles = readRoles(json, "roles");
    me.project = json.text("project", kTextBytes);
    me.rootKey = readHex(json, "rootKey", kKeyBytes);
  });
}

std::string toJson(const JoinTokenRequest& request) {
  JsonWriter json;
  json.beginObject().member("uses", request.uses);
  if (request.ttl) json.member("ttlMs", *request.ttl);
  if (!request.account.empty()) json.member("account", request.account);
  if (!request.group.empty()) json.member("group", request.group);
  return json.endObject().take();
}

Result<JoinTokenRequest> parseJoinTokenRequest(std::string_view text) {
  return readJson<JoinTokenRequest>(
      text,
      [](JsonReader& json, JoinTokenRequest& request) {
        json.refuseUnknown({"uses", "ttlMs", "account", "group"});
        request.uses = json.number32Or("uses", 1);
        if (request.uses == 0) json.refuse("uses", "must be above 0");
        request.ttl = readTtl(json);
        request.account = json.textOr("account", "");
        request.group = json.textOr("group", "");
      },
      kRequestBytes);
}

std::string toJson(const JoinTokenView& view) { return tokenJson(view.token, &view.link, view.expires); }

Result<JoinTokenView> parseJoinTokenView(std::string_view text) {
  return readJson<JoinTokenView>(text, [](JsonReader& json, JoinTokenView& view) {
    view.token = json.text("token", kTextBytes);
    view.link = json.text("link", kTextBytes);
    view.expires = json.instant("expires");
  });
}

std::string toJson(const AppVersionRequest& request) {
  JsonWriter json;
  json.beginObject();
  writeAppVersion(json, request);
  return json.endObject().take();
}

Result<AppVersionRequest> parseAppVersionRequest(std::string_view text) {
  return readJson<AppVersionRequest>(
      text,
      [](JsonReader& json, AppVersionRequest& request) {
        json.refuseUnknown({"name", "version", "package", "signature"});
        readAppVersion(json, request);
      },
      kRequestBytes);
}

std::string toJson(const AppVersionView& version) {
  JsonWriter json;
  write(json, version);
  return json.take();
}

Result<AppVersionView> parseAppVersionView(std::string_view text) {
  return readJson<AppVersionView>(text, [](JsonReader& json, AppVersionView& version) { read(json, version); });
}

std::string toJson(const AppVersionPage& page) {
  JsonWriter json;
  json.beginObject().key("applications").beginArray();
  for (const AppVersionView& version : page.applications) write(json, version);
  return json.endArray().endObject().take();
}

Result<AppVersionPage> parseAppVersionPage(std::string_view text) {
  return readJson<AppVersionPage>(text, [](JsonReader& json, AppVersionPage& page) {
    json.objects("applications", kApplicationsShown,
                 [&](JsonReader& inner) { read(inner, page.applications.emplace_back()); });
  });
}

std::string toJson(const KeyRequest& request) {
  return JsonWriter().beginObject().member("key", request.key).endObject().take();
}

Result<KeyRequest> parseKeyRequest(std::string_view text) {
  return readJson<KeyRequest>(
      text,
      [](JsonReader& json, KeyRequest& request) {
        json.refuseUnknown({"key"});
        request.key = readHex(json, "key", kKeyBytes);
      },
      kRequestBytes);
}

std::string toJson(const KeysView& keys) {
  JsonWriter json;
  json.beginObject().member("rootKey", keys.rootKey);
  writeArray(json, "approvals", keys.approvals);
  json.key("requests").beginArray();
  for (const KeyRequestView& request : keys.requests) {
    json.beginObject()
        .member("account", request.account)
        .member("key", request.key)
        .member("created", request.created)
        .endObject();
  }
  return json.endArray().endObject().take();
}

Result<KeysView> parseKeysView(std::string_view text) {
  return readJson<KeysView>(text, [](JsonReader& json, KeysView& keys) {
    keys.rootKey = readHex(json, "rootKey", kKeyBytes);
    readArray(json, "approvals", kKeysShown, keys.approvals);
    json.objects("requests", kKeysShown, [&](JsonReader& inner) {
      KeyRequestView& request = keys.requests.emplace_back();
      request.account = inner.text("account", kTextBytes);
      request.key = readHex(inner, "key", kKeyBytes);
      request.created = inner.instant("created");
    });
  });
}

std::string toJson(const AccountRequest& request) {
  JsonWriter json;
  json.beginObject().member("name", request.name).key("roles");
  writeValue(json, request.roles);
  return json.endObject().take();
}

Result<AccountRequest> parseAccountRequest(std::string_view text) {
  return readJson<AccountRequest>(
      text,
      [](JsonReader& json, AccountRequest& request) {
        json.refuseUnknown({"name", "roles"});
        request.name = json.text("name");
        request.roles = readRoles(json, "roles");
        if (json.failed()) return;
        if (auto checked = checkAccountName(request.name); !checked) json.refuse("name", std::move(checked).error());
        if (request.roles == RoleSet{}) json.refuse("roles", "is empty", "Give at least one role.");
      },
      kRequestBytes);
}

std::string toJson(const AccountWeight& request) {
  return JsonWriter().beginObject().member("weight", request.weight).endObject().take();
}

Result<AccountWeight> parseAccountWeight(std::string_view text) {
  return readJson<AccountWeight>(
      text,
      [](JsonReader& json, AccountWeight& request) {
        json.refuseUnknown({"weight"});
        request.weight = json.number32("weight", limits::kWeight);
        if (!json.failed() && request.weight == 0) json.refuse("weight", "is 0", "Give a number from 1 to 1000.");
      },
      kRequestBytes);
}

std::string toJson(const AccessTokenRequest& request) {
  JsonWriter json;
  json.beginObject().member("label", request.label);
  if (request.ttl) json.member("ttlMs", *request.ttl);
  if (request.scope != TokenScope::kAll) json.member("scope", tokenScopeName(request.scope));
  return json.endObject().take();
}

Result<AccessTokenRequest> parseAccessTokenRequest(std::string_view text) {
  return readJson<AccessTokenRequest>(
      text,
      [](JsonReader& json, AccessTokenRequest& request) {
        json.refuseUnknown({"label", "ttlMs", "scope"});
        request.label = json.textOr("label", "");
        request.ttl = readTtl(json);
        request.scope = json.wordOr<TokenScope>("scope", TokenScope::kAll, parseTokenScope);
      },
      kRequestBytes);
}

std::string toJson(const AccessTokenView& view) { return tokenJson(view.token, nullptr, view.expires); }

Result<AccessTokenView> parseAccessTokenView(std::string_view text) {
  return readJson<AccessTokenView>(text, [](JsonReader& json, AccessTokenView& view) {
    view.token = json.text("token", kTextBytes);
    view.expires = json.instant("expires");
  });
}

}  // namespace hearth::wire
