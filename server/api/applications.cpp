// SPDX-License-Identifier: GPL-3.0-or-later
// Published app versions, and the keys that may sign.
#include <algorithm>
#include <utility>
#include <vector>

#include "certs/signing.h"
#include "server/api/package_checks.h"
#include "server/api/routes.h"
#include "wire/package_json.h"

namespace hearth::server {
namespace {

void listApplications(ApiContext& context, const Respond& respond) {
  auto rows = valueOr(context.deps.read.appVersions(), respond);
  if (!rows) return;
  wire::AppVersionPage page;
  for (db::AppVersion& row : *rows) {
    page.applications.push_back(
        {std::move(row.name), std::move(row.version), row.package, std::move(row.signature), row.created});
  }
  respond(jsonResponse(200, wire::toJson(page)));
}

/// A word that can stand in "name@version".
Result<void> checkWord(std::string_view word, const std::string& what) {
  const bool good = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '+' || c == ':' || c == '~';
  });
  if (good) return {};
  return fail(ErrorCode::kInvalid, "'" + std::string(word.substr(0, 64)) + "' is no " + what + " for an application.",
              "Use letters, digits and . _ - + : ~");
}

/// Everything about an app version that can be checked. Anybody may run it afterwards, so no account's key is enough.
Result<void> checkAppVersion(ApiContext& context, const Caller& caller, const wire::AppVersionRequest& version) {
  HEARTH_TRY(checkWord(version.name, "name"));
  HEARTH_TRY(checkWord(version.version, "version"));
  HEARTH_TRY(checkUsable(context, caller.account.id, version.package, std::nullopt, "the package's manifest"));
  auto package = context.packages.find(version.package);
  if (!package) return fail(std::move(package).error());
  HEARTH_TRY(checkPackageFiles(context, caller.account.id, **package));
  HEARTH_TRY(checkSigner(context, version.package, version.signature, caller.account.name));
  const auto& approvals = version.signature.approvals;
  if (approvals.empty() || approvals.back().role == KeyApproval::Role::kRelease) return {};
  return fail(ErrorCode::kForbidden,
              "An application is signed by the project's root key or a release key, not by an account's.",
              "Let the holder of a release key sign the package.");
}

void publish(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto version = valueOr(wire::parseAppVersionRequest(request->body), respond);
  if (!version) return;
  if (auto good = checkAppVersion(context, caller, *version); !good) return respondError(respond, good.error());
  const std::string label = version->name + "@" + version->version;
  const AppVersionInsert row{version->name,      version->version,  version->package,
                             version->signature, caller.account.id, context.now()};
  commit(context, {row, auditOf(context, caller, "application.publish", label, row.package.hex())},
         {ErrorCode::kConflict, "The application '" + label + "' is published already.",
          "A published version never changes: give this one a new version."},
         respond, [&context, row, respond] {
           context.packages.published();
           respond(jsonResponse(201, wire::toJson(wire::AppVersionView{row.name, row.version, row.package,
                                                                       row.signature, row.created})));
         });
}

void requestKey(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseKeyRequest(request->body), respond);
  if (!asked) return;
  if (auto key = certs::keyFingerprint(asked->key); !key) return respondError(respond, key.error());
  commit(context, {KeyRequestPut{caller.account.id, asked->key, context.now()}},
         {ErrorCode::kConflict, "This key was asked for already.", "Wait for an admin's approval: GET /api/v1/keys"},
         respond, [respond] {
           respond({202, {}, std::string{}});
         });
}

void append(std::vector<KeyApproval>& all, std::vector<KeyApproval> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void listKeys(ApiContext& context, const Caller& caller, const Respond& respond) {
  wire::KeysView view;
  view.rootKey = context.deps.rootKey;
  for (const std::string& account : {std::string{}, caller.account.name}) {
    auto approvals = valueOr(context.deps.read.keyApprovals(account), respond);
    if (!approvals) return;
    append(view.approvals, std::move(*approvals));
  }
  if (caller.has(Role::kAdmin)) {
    auto requests = valueOr(context.deps.read.keyRequests(), respond);
    if (!requests) return;
    for (db::KeyRequest& one : *requests)
      view.requests.push_back({std::move(one.accountName), std::move(one.key), one.created});
  }
  respond(jsonResponse(200, wire::toJson(view)));
}

/// That root, or a release key that root approved, signed the approval.
Result<void> checkApproval(ApiContext& context, const KeyApproval& approval) {
  if (approval.role == KeyApproval::Role::kAccount) {
    auto account = context.deps.read.accountByName(approval.account);
    if (!account) return fail(std::move(account).error());
    if (!*account) {
      return fail(ErrorCode::kInvalid, "There is no account '" + approval.account + "', whose key this would be.",
                  "List the requests: GET /api/v1/keys, or hearth key list");
    }
  }
  std::vector<KeyApproval> chain;
  if (approval.signer != context.deps.rootKey) {
    auto releases = context.deps.read.keyApprovals("");
    if (!releases) return fail(std::move(releases).error());
    const auto by = std::find_if(releases->begin(), releases->end(),
                                 [&](const KeyApproval& one) { return one.key == approval.signer; });
    if (by != releases->end()) chain.push_back(*by);
  }
  chain.push_back(approval);
  auto good = certs::verifyApprovals(chain, context.deps.rootKey, context.now());
  if (good) return {};
  Error error = good.error();
  if (error.hint.empty())
    error.hint = "Sign the approval with the project's root key or a release key (hearth key approve).";
  return fail(std::move(error));
}

void approve(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto approval = valueOr(wire::parseKeyApproval(request->body), respond);
  if (!approval) return;
  if (auto good = checkApproval(context, *approval); !good) return respondError(respond, good.error());
  const std::string subject = approval->account.empty() ? "release key" : "account " + approval->account;
  commit(context, {KeyApprovalPut{*approval}, auditOf(context, caller, "key.approve", subject, approval->key)},
         {ErrorCode::kConflict, "This key is approved already.",
          "List the approvals: GET /api/v1/keys, or hearth key list"},
         respond, [respond, json = wire::toJson(*approval)] { respond(jsonResponse(201, json)); });
}

}  // namespace

void addApplicationRoutes(Routes& routes, ApiContext& context) {
  routes.person(
      Method::kGet, "/api/v1/applications", {},
      [&context](const Caller&, const RequestPtr&, const Respond& respond) { listApplications(context, respond); });
  routes.person(Method::kPost, "/api/v1/applications", {Role::kOperator, Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.submissions, respond,
                        [&context, caller, request, respond] { publish(context, caller, request, respond); });
                });
  routes.person(Method::kPost, "/api/v1/keys", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  requestKey(context, caller, request, respond);
                });
  routes.person(Method::kGet, "/api/v1/keys", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  listKeys(context, caller, respond);
                });
  routes.person(Method::kPost, "/api/v1/keys/approvals", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  approve(context, caller, request, respond);
                });
}

}  // namespace hearth::server
