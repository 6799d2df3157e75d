// SPDX-License-Identifier: GPL-3.0-or-later
// What accounts may do, as admins set it.
#include <utility>

#include "server/api/identity_routes.h"
#include "server/api/problem_at.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"
#include "wire/model_json.h"

namespace hearth::server {
namespace {

constexpr std::size_t kRequestBytes = 4 * limits::kKiB;
constexpr std::size_t kTokensForgotten = 1000;

Result<RoleSet> parseRoles(std::string_view body) {
  return wire::readJson<RoleSet>(
      body,
      [](wire::JsonReader& json, RoleSet& roles) {
        json.refuseUnknown({"roles"});
        roles = wire::readRoles(json, "roles");
      },
      kRequestBytes);
}

std::string toJson(RoleSet roles) {
  wire::JsonWriter json;
  json.beginObject().key("roles");
  wire::writeValue(json, roles);
  return json.endObject().take();
}

std::string describe(RoleSet roles) {
  std::string names;
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    if (roles.has(role)) names += (names.empty() ? "" : ", ") + std::string(name(role));
  }
  return names.empty() ? "none" : names;
}

/// What the account shows from now on is looked up anew, so that what was taken away is gone at once.
void forgetTokens(ApiContext& context, AccountId account) {
  for (const TokenKind kind : {TokenKind::kToken, TokenKind::kSession}) {
    const auto rows = context.deps.read.accessTokens(account, kind, kTokensForgotten);
    if (!rows) return;  // then it counts when what is believed of them runs out
    for (const AccessToken& row : *rows) context.sessions.forget(row.secretHash);
  }
}

void setRoles(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto roles = valueOr(parseRoles(request->body), respond);
  if (!roles) return;
  const std::string& name = request->captures.at(0);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return;
  const Error unknown{ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                      "List the accounts: GET /api/v1/accounts"};
  if (!*account) return respondError(at("account", respond), unknown);
  // So that a project always has somebody who may do this.
  if ((*account)->id == caller.account.id && !roles->has(Role::kAdmin)) {
    return respondError(at("roles", respond), {ErrorCode::kConflict, "Nobody takes the role admin from themselves.",
                                               "Ask another admin of the project to do it."});
  }
  commit(context,
         {AccountRoles{(*account)->id, *roles},
          auditOf(context, caller, "account.roles", "account " + name, describe(*roles))},
         unknown, respond, [&context, id = (*account)->id, roles = *roles, respond] {
           runOn(context.calls, respond, [&context, id, roles, respond] {
             forgetTokens(context, id);
             respond(jsonResponse(200, toJson(roles)));
           });
         });
}

}  // namespace

void addRoleRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPut, "/api/v1/accounts/{account}/roles", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  setRoles(context, caller, request, respond);
                });
}

}  // namespace hearth::server
