// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/identity.h"
#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kRequestBytes = 64 * limits::kKiB;
constexpr std::size_t kQrBytes = 64 * limits::kKiB;
constexpr std::size_t kTextBytes = 4 * limits::kKiB;
constexpr std::size_t kSecretBytes = 256;
constexpr std::size_t kCodeBytes = 64;
constexpr std::size_t kAccessShown = 10'000;

/// Letters of UTF-8, not bytes: a password of another script is not shorter for it.
std::size_t lettersOf(std::string_view text) {
  std::size_t letters = 0;
  for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return letters;
}

/// A password that is to be set.
std::string readNewPassword(JsonReader& json) {
  std::string password = json.text("password", kPasswordBytes);
  if (!json.failed() && lettersOf(password) < kLeastPasswordLetters) {
    json.refuse("password", "is shorter than " + std::to_string(kLeastPasswordLetters) + " letters",
                "Take a longer one: a few words that nobody says together are easy to keep in mind.");
  }
  return password;
}

void write(JsonWriter& json, const InvitationView& row) {
  json.beginObject().member("id", row.id).member("label", row.label).key("roles");
  writeValue(json, row.roles);
  json.member("usesLeft", row.usesLeft)
      .member("madeBy", row.madeBy)
      .member("created", row.created)
      .member("expires", row.expires)
      .endObject();
}

void write(JsonWriter& json, const AccessView& row) {
  json.beginObject()
      .member("id", row.id)
      .member("label", row.label)
      .member("scope", tokenScopeName(row.scope))
      .member("madeBy", row.madeBy)
      .member("created", row.created)
      .member("expires", row.expires);
  if (row.lastSeen != Instant{}) json.member("lastSeen", row.lastSeen);
  json.member("current", row.current).endObject();
}

void read(JsonReader& json, AccessView& row) {
  row.id = json.digest("id");
  row.label = json.textOr("label", "", kTextBytes);
  row.scope = json.wordOr<TokenScope>("scope", TokenScope::kAll, parseTokenScope);
  row.madeBy = json.textOr("madeBy", "", kTextBytes);
  row.created = json.instant("created");
  row.expires = json.instant("expires");
  row.lastSeen = json.instantOr("lastSeen");
  row.current = json.flagOr("current", false);
}

void write(JsonWriter& json, const IdentityView& row) {
  json.beginObject()
      .member("issuer", row.issuer)
      .member("subject", row.subject)
      .member("label", row.label)
      .member("provider", row.provider)
      .member("created", row.created)
      .endObject();
}

template <typename Row>
std::string listJson(std::string_view member, const std::vector<Row>& rows) {
  JsonWriter json(64 + 384 * rows.size());
  json.beginObject().key(member).beginArray();
  for (const Row& row : rows) write(json, row);
  return json.endArray().endObject().take();
}

}  // namespace

std::string toJson(const SignInRequest& request) {
  JsonWriter json;
  json.beginObject();
  if (!request.token.empty()) return json.member("token", request.token).endObject().take();
  json.member("name", request.name).member("password", request.password);
  if (!request.code.empty()) json.member("code", request.code);
  return json.endObject().take();
}

Result<SignInRequest> parseSignInRequest(std::string_view text) {
  return readJson<SignInRequest>(
      text,
      [](JsonReader& json, SignInRequest& request) {
        json.refuseUnknown({"name", "password", "code", "token"});
        request.token = json.textOr("token", "", kSecretBytes);
        if (!request.token.empty()) return;
        request.name = json.text("name");
        request.password = json.text("password", kPasswordBytes);
        request.code = json.textOr("code", "", kCodeBytes);
      },
      kRequestBytes);
}

std::string toJson(const SignedIn& view) {
  return JsonWriter().beginObject().member("name", view.name).member("expires", view.expires).endObject().take();
}

Result<SignedIn> parseSignedIn(std::string_view text) {
  return readJson<SignedIn>(text, [](JsonReader& json, SignedIn& view) {
    view.name = json.text("name", kTextBytes);
    view.expires = json.instant("expires");
  });
}

std::string toJson(const SignUpRequest& request) {
  JsonWriter json;
  json.beginObject().member("name", request.name).member("password", request.password);
  if (!request.invitation.empty()) json.member("invitation", request.invitation);
  return json.endObject().take();
}

Result<SignUpRequest> parseSignUpRequest(std::string_view text) {
  return readJson<SignUpRequest>(
      text,
      [](JsonReader& json, SignUpRequest& request) {
        json.refuseUnknown({"name", "password", "invitation"});
        request.name = json.text("name");
        if (!json.failed()) {
          if (auto good = checkAccountName(request.name); !good) json.refuse("name", std::move(good).error());
        }
        request.password = readNewPassword(json);
        request.invitation = json.textOr("invitation", "", kSecretBytes);
        if (!json.failed() && request.password.find(request.name) != std::string::npos && request.name.size() > 3) {
          json.refuse("password", "holds the name of the account", "Take one that nobody can guess from it.");
        }
      },
      kRequestBytes);
}

std::string toJson(const PasswordRequest& request) {
  JsonWriter json;
  json.beginObject().member("password", request.password);
  if (!request.old.empty()) json.member("old", request.old);
  if (!request.link.empty()) json.member("link", request.link);
  return json.endObject().take();
}

Result<PasswordRequest> parsePasswordRequest(std::string_view text) {
  return readJson<PasswordRequest>(
      text,
      [](JsonReader& json, PasswordRequest& request) {
        json.refuseUnknown({"old", "password", "link"});
        request.old = json.textOr("old", "", kPasswordBytes);
        request.link = json.textOr("link", "", kSecretBytes);
        request.password = readNewPassword(json);
      },
      kRequestBytes);
}

std::string toJson(const InvitationRequest& request) {
  JsonWriter json;
  json.beginObject().member("label", request.label).key("roles");
  writeValue(json, request.roles);
  json.member("uses", request.uses);
  if (request.ttl) json.member("ttlMs", *request.ttl);
  return json.endObject().take();
}

Result<InvitationRequest> parseInvitationRequest(std::string_view text) {
  return readJson<InvitationRequest>(
      text,
      [](JsonReader& json, InvitationRequest& request) {
        json.refuseUnknown({"label", "roles", "uses", "ttlMs"});
        request.label = json.textOr("label", "");
        request.roles = readRoles(json, "roles");
        request.uses = json.number32Or("uses", 1);
        if (json.has("ttlMs")) request.ttl = json.duration("ttlMs");
        if (json.failed()) return;
        if (request.roles == RoleSet{}) json.refuse("roles", "is empty", "Give at least one role.");
        if (request.uses == 0) json.refuse("uses", "must be above 0");
        if (request.ttl && *request.ttl == Duration{}) json.refuse("ttlMs", "must be above 0");
      },
      kRequestBytes);
}

std::string toJson(const SecretLink& view) {
  return JsonWriter().beginObject().member("link", view.link).member("expires", view.expires).endObject().take();
}

Result<SecretLink> parseSecretLink(std::string_view text) {
  return readJson<SecretLink>(text, [](JsonReader& json, SecretLink& view) {
    view.link = json.text("link", kTextBytes);
    view.expires = json.instant("expires");
  });
}

std::string toJson(const CodeRequest& request) {
  return JsonWriter().beginObject().member("code", request.code).endObject().take();
}

Result<CodeRequest> parseCodeRequest(std::string_view text) {
  return readJson<CodeRequest>(
      text,
      [](JsonReader& json, CodeRequest& request) {
        json.refuseUnknown({"code"});
        request.code = json.text("code", kCodeBytes);
      },
      kRequestBytes);
}

std::string toJson(const TwoStepView& view) {
  return JsonWriter()
      .beginObject()
      .member("enabled", view.enabled)
      .member("recoveryCodesLeft", view.recoveryCodesLeft)
      .endObject()
      .take();
}

Result<TwoStepView> parseTwoStepView(std::string_view text) {
  return readJson<TwoStepView>(text, [](JsonReader& json, TwoStepView& view) {
    view.enabled = json.flag("enabled");
    view.recoveryCodesLeft = json.number("recoveryCodesLeft");
  });
}

std::string toJson(const TwoStepSecret& view) {
  return JsonWriter()
      .beginObject()
      .member("secret", view.secret)
      .member("link", view.link)
      .member("qr", view.qr)
      .endObject()
      .take();
}

Result<TwoStepSecret> parseTwoStepSecret(std::string_view text) {
  return readJson<TwoStepSecret>(text, [](JsonReader& json, TwoStepSecret& view) {
    view.secret = json.text("secret", kTextBytes);
    view.link = json.text("link", kTextBytes);
    view.qr = json.textOr("qr", "", kQrBytes);
  });
}

std::string toJson(const AccountEndRequest& request) {
  JsonWriter json;
  json.beginObject().member("name", request.name);
  if (!request.password.empty()) json.member("password", request.password);
  return json.endObject().take();
}

Result<AccountEndRequest> parseAccountEndRequest(std::string_view text) {
  return readJson<AccountEndRequest>(
      text,
      [](JsonReader& json, AccountEndRequest& request) {
        json.refuseUnknown({"name", "password"});
        request.name = json.text("name");
        request.password = json.textOr("password", "", kPasswordBytes);
      },
      kRequestBytes);
}

std::string toJson(const IdentityRequest& request) {
  return JsonWriter()
      .beginObject()
      .member("issuer", request.issuer)
      .member("subject", request.subject)
      .endObject()
      .take();
}

Result<IdentityRequest> parseIdentityRequest(std::string_view text) {
  return readJson<IdentityRequest>(
      text,
      [](JsonReader& json, IdentityRequest& request) {
        json.refuseUnknown({"issuer", "subject"});
        request.issuer = json.text("issuer", kTextBytes);
        request.subject = json.text("subject", kTextBytes);
      },
      kRequestBytes);
}

std::string toJson(const LocationView& view) {
  return JsonWriter().beginObject().member("location", view.location).endObject().take();
}

std::string identitiesJson(const std::vector<IdentityView>& rows) { return listJson("identities", rows); }

std::string recoveryCodesJson(const std::vector<std::string>& codes) {
  JsonWriter json;
  json.beginObject();
  writeArray(json, "recoveryCodes", codes);
  return json.endObject().take();
}

Result<std::vector<std::string>> parseRecoveryCodes(std::string_view text) {
  return readJson<std::vector<std::string>>(text, [](JsonReader& json, std::vector<std::string>& codes) {
    codes = json.texts("recoveryCodes", kAccessShown);
  });
}

std::string invitationsJson(const std::vector<InvitationView>& rows) { return listJson("invitations", rows); }

std::string accessJson(std::string_view member, const std::vector<AccessView>& rows) { return listJson(member, rows); }

Result<std::vector<AccessView>> parseAccess(std::string_view text, std::string_view member) {
  return readJson<std::vector<AccessView>>(text, [&](JsonReader& json, std::vector<AccessView>& rows) {
    json.objects(member, kAccessShown, [&](JsonReader& inner) { read(inner, rows.emplace_back()); });
  });
}

}  // namespace hearth::wire
