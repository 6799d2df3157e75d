// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts, their access tokens, and the record of what admins did.
#include <map>
#include <utility>

#include "certs/secret.h"
#include "server/api/identity_parts.h"
#include "server/api/problem_at.h"

namespace hearth::server {
namespace {

constexpr Duration kAccessTokenLife = Duration::days(366);
constexpr const char* kSecretPrefix = "hacc_";

wire::AccountView viewOfAccount(const Account& account) {
  return {account.id, account.name, account.roles, account.created};
}

void showMe(ApiContext& context, const Caller& caller, const Respond& respond) {
  respond(jsonResponse(200, wire::toJson(wire::MeView{caller.account.id, caller.account.name, caller.account.roles,
                                                      context.deps.project, context.deps.rootKey})));
}

void answerCreated(ApiContext& context, const std::string& name, const std::string& secret, const Respond& respond) {
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return;
  if (!*account) {
    return respondError(respond, {ErrorCode::kIo, "The account was kept, but cannot be read back.",
                                  "List the accounts: GET /api/v1/accounts, or hearth account list"});
  }
  respond(secretResponse(201, wire::toJson(wire::AccountCreated{viewOfAccount(**account), secret})));
}

void create(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseAccountRequest(request->body), respond);
  if (!asked) return;
  if (auto good = checkAccountName(asked->name); !good) return respondError(respond, good.error());
  const Instant now = context.now();
  const std::string secret = certs::newSecret(kSecretPrefix);
  const AccessToken token{certs::secretHash(secret), {}, "first", now, now + context.options.accessTokenLife};
  commit(context,
         {AccountInsert{{{}, asked->name, asked->roles, now}}, AccessTokenInsert{token, asked->name},
          auditOf(context, caller, "account.create", "account " + asked->name)},
         {ErrorCode::kConflict, "There is an account '" + asked->name + "' already.", "Choose another name."},
         at("name", respond), [&context, name = asked->name, secret, respond] {
           runOn(context.calls, respond,
                 [&context, name, secret, respond] { answerCreated(context, name, secret, respond); });
         });
}

void listAccounts(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  const auto after = valueOr(queryNumber(*request, "after", 0), respond);
  if (!after) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  const auto rows = valueOr(context.deps.read.accounts(AccountId{*after}, *limit), respond);
  if (!rows) return;
  wire::AccountPage page;
  for (const Account& row : *rows) page.accounts.push_back(viewOfAccount(row));
  if (rows->size() == *limit) page.next = rows->back().id.value;
  respond(jsonResponse(200, wire::toJson(page)));
}

void setWeight(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseAccountWeight(request->body), respond);
  if (!asked) return;
  const std::string& name = request->captures.at(0);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return;
  if (!*account) {
    return respondError(at("account", respond),
                        {ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                         "List the accounts: GET /api/v1/accounts"});
  }
  // On record before it is done, so that nothing is done without a record.
  commit(context, {auditOf(context, caller, "account.weight", "account " + name, std::to_string(asked->weight))}, {},
         respond, [&context, id = (*account)->id, asked = *asked, respond] {
           context.deps.runtime.post(core::SetAccountWeight{id, asked.weight},
                                     [asked, respond = at("weight", respond)](ReplyBody reply) {
                                       if (!reply) return respondError(respond, std::move(reply).error());
                                       respond(jsonResponse(200, wire::toJson(asked)));
                                     });
         });
}

void createToken(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto asked = valueOr(wire::parseAccessTokenRequest(request->body), respond);
  if (!asked) return;
  const Duration life = asked->ttl.value_or(context.options.accessTokenLife);
  if (life > kAccessTokenLife) {
    return respondError(at("ttlMs", respond), {ErrorCode::kTooLarge, "An access token is good for 366 days at most.",
                                               "Ask for a shorter life, and for another token before it ends."});
  }
  const Instant now = context.now();
  const std::string secret = certs::newSecret(kSecretPrefix);
  AccessToken token{certs::secretHash(secret), caller.account.id, std::move(asked->label), now, now + life};
  token.scope = asked->scope;
  token.madeBy = programOf(*request);
  commit(context, {AccessTokenInsert{token, {}}}, {ErrorCode::kConflict, "The token is taken.", "Try again."}, respond,
         [secret, expires = token.expires, respond] {
           respond(secretResponse(201, wire::toJson(wire::AccessTokenView{secret, expires})));
         });
}

void deleteToken(ApiContext& context, const Caller& caller, const Respond& respond) {
  commit(context, {AccessTokenDelete{caller.token}},
         {ErrorCode::kConflict, "The token is gone already.", "Log in again."}, respond,
         [&context, token = caller.token, respond] {
           context.sessions.forget(token);
           respond({204, {}, std::string{}});
         });
}

void listAudit(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  const auto after = valueOr(queryNumber(*request, "after", 0), respond);
  if (!after) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  auto rows = valueOr(context.deps.read.audit(*after, *limit), respond);
  if (!rows) return;
  std::map<AccountId, std::string> names;
  wire::AuditPage page;
  if (rows->size() == *limit) page.next = rows->back().number;
  for (db::AuditEntry& row : *rows) {
    const auto [name, fresh] = names.try_emplace(row.entry.actor);
    if (fresh) name->second = accountName(context, row.entry.actor);
    page.entries.push_back({row.number, row.entry.at, row.entry.actor, name->second, std::move(row.entry.action),
                            std::move(row.entry.subject), std::move(row.entry.detail)});
  }
  respond(jsonResponse(200, wire::toJson(page)));
}

}  // namespace

void addAccountRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kGet, "/api/v1/me", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  showMe(context, caller, respond);
                });
  routes.person(Method::kPost, "/api/v1/accounts", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  create(context, caller, request, respond);
                });
  routes.person(Method::kGet, "/api/v1/accounts", {Role::kAdmin},
                [&context](const Caller&, const RequestPtr& request, const Respond& respond) {
                  listAccounts(context, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/accounts/{account}/weight", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  setWeight(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/tokens", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  createToken(context, caller, request, respond);
                });
  routes.person(Method::kDelete, "/api/v1/tokens/current", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  deleteToken(context, caller, respond);
                });
  routes.person(Method::kGet, "/api/v1/audit", {Role::kAdmin, Role::kAuditor},
                [&context](const Caller&, const RequestPtr& request, const Respond& respond) {
                  listAudit(context, request, respond);
                });
}

}  // namespace hearth::server
