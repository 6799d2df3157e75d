// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <ostream>

#include "certs/signing.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "wire/json_writer.h"
#include "wire/manifest.h"
#include "wire/package_json.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

Result<certs::SigningKey> ownKey(const Context& context) {
  std::error_code failed;
  if (!std::filesystem::exists(context.signingKeyFile(), failed)) {
    return fail(ErrorCode::kNotFound, "there is no signing key yet", "Make one: hearth key new");
  }
  return certs::readSigningKeyFile(context.signingKeyFile());
}

Result<int> printKey(const Context& context, const certs::SigningKey& key) {
  auto fingerprint = certs::keyFingerprint(key.publicKey);
  if (!fingerprint) return fail(std::move(fingerprint).error());
  const std::string file = context.signingKeyFile().string();
  if (context.asJson) {
    context.out << wire::JsonWriter()
                       .beginObject()
                       .member("key", key.publicKey)
                       .member("fingerprint", *fingerprint)
                       .member("file", file)
                       .endObject()
                       .take()
                << '\n';
  } else {
    printTable(context.out, {{"key", key.publicKey}, {"fingerprint", fingerprint->hex()}, {"file", file}});
  }
  return kExitOk;
}

/// Whose key and which: named, the one request of a named account, or the caller's own.
Result<KeyApproval> subjectOf(const Context& context, ApiClient& api, const KeyApproveOptions& options) {
  KeyApproval approval;
  approval.account = options.account;
  approval.key = options.key;
  if (!approval.account.empty() && !approval.key.empty()) return approval;
  if (approval.account.empty()) {
    auto me = api.get("/api/v1/me", &wire::parseMeView);
    if (!me) return fail(std::move(me).error());
    approval.account = me->name;
    if (!approval.key.empty()) return approval;
    auto key = ownKey(context);
    if (!key) return fail(std::move(key).error());
    approval.key = key->publicKey;
    return approval;
  }
  auto keys = api.get("/api/v1/keys", &wire::parseKeysView);
  if (!keys) return fail(std::move(keys).error());
  for (const wire::KeyRequestView& request : keys->requests) {
    if (request.account != approval.account) continue;
    if (!approval.key.empty() && approval.key != request.key) {
      return fail(ErrorCode::kConflict, approval.account + " has asked for several keys",
                  "Name the one to approve with --key; `hearth key list` shows them");
    }
    approval.key = request.key;
  }
  if (approval.key.empty()) {
    return fail(ErrorCode::kNotFound, approval.account + " has not asked for the approval of a key",
                "They run `hearth key request`; or name the key with --key");
  }
  return approval;
}

}  // namespace

Result<int> keyNew(const Context& context) {
  HEARTH_TRY(makeFolders(context.configuration, 0700));
  auto key = certs::newSigningKey();
  if (!key) return fail(std::move(key).error());
  HEARTH_TRY(certs::writeSigningKeyFile(context.signingKeyFile(), *key));
  return printKey(context, *key);
}

Result<int> keyShow(const Context& context) {
  auto key = ownKey(context);
  if (!key) return fail(std::move(key).error());
  return printKey(context, *key);
}

Result<int> keyRequest(const Context& context) {
  auto key = ownKey(context);
  if (!key) return fail(std::move(key).error());
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  HEARTH_TRY(api->act("POST", "/api/v1/keys", wire::toJson(wire::KeyRequest{key->publicKey}), true));
  if (context.asJson)
    context.out << wire::toJson(wire::KeyRequest{key->publicKey}) << '\n';
  else
    context.out << "Asked for the approval of " << key->publicKey
                << ".\nThe project's admin approves it with: hearth key approve ACCOUNT --root-key FILE\n";
  return kExitOk;
}

Result<int> keyApprove(const Context& context, const KeyApproveOptions& options) {
  auto validity = wire::parseDuration(options.validity);
  if (!validity) return fail(std::move(validity).error().within("--for"));
  auto signer = certs::readSigningKeyFile(options.rootKeyFile);
  if (!signer) {
    Error error = std::move(signer).error();
    if (error.hint.empty()) {
      error.hint = "The root key is keys/root.key of the project's data folder, or where its admin moved it.";
    }
    return fail(std::move(error));
  }
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto approval = subjectOf(context, *api, options);
  if (!approval) return fail(std::move(approval).error());
  approval->role = KeyApproval::Role::kAccount;
  approval->expires = Instant::ofUnixSeconds((currentTime() + *validity).inUnixSeconds());
  auto approved = certs::approveKey(*signer, *std::move(approval));
  if (!approved) return fail(std::move(approved).error());
  HEARTH_TRY(api->act("POST", "/api/v1/keys/approvals", wire::toJson(*approved), true));
  if (context.asJson)
    context.out << wire::toJson(*approved) << '\n';
  else
    context.out << "Approved the key of " << printable(approved->account) << " until "
                << formatInstant(approved->expires) << ".\n";
  return kExitOk;
}

Result<int> keyList(const Context& context) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  auto keys = api->get("/api/v1/keys", &wire::parseKeysView);
  if (!keys) return fail(std::move(keys).error());
  if (context.asJson) {
    context.out << wire::toJson(*keys) << '\n';
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"ACCOUNT", "KIND", "KEY", "UNTIL"}};
  for (const KeyApproval& approval : keys->approvals) {
    const bool isRelease = approval.role == KeyApproval::Role::kRelease;
    rows.push_back({approval.account.empty() ? "-" : approval.account, isRelease ? "release" : "account", approval.key,
                    formatInstant(approval.expires)});
  }
  for (const wire::KeyRequestView& request : keys->requests)
    rows.push_back({request.account, "requested", request.key, "-"});
  if (rows.size() == 1) {
    context.out << "No keys are approved or asked for. Make yours with: hearth key new\n";
    return kExitOk;
  }
  printTable(context.out, rows);
  return kExitOk;
}

}  // namespace hearth::cli
