// SPDX-License-Identifier: GPL-3.0-or-later
// Setting a password: by who knows the old one or has none yet, and by a link that an admin made.
#include <memory>
#include <optional>
#include <utility>

#include "certs/password.h"
#include "certs/secret.h"
#include "server/api/identity_parts.h"
#include "server/api/identity_routes.h"
#include "server/api/problem_at.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr const char* kLinkPrefix = "hpwd_";

/// Whose password is set, and what stays or goes with it.
struct Setting {
  AccountId account;
  Digest keep;      ///< the session that goes on; none: all end
  Changes changes;  ///< that go along
  Error conflict;
};

/// On a thread for passwords. Sessions that somebody else may have opened by the old password end.
void set(ApiContext& context, Setting setting, const std::string& password, const Respond& respond) {
  auto hash = valueOr(certs::hashPassword(password, context.options.accounts.passwordCost), respond);
  if (!hash) return;
  const auto sessions =
      valueOr(context.deps.read.accessTokens(setting.account, TokenKind::kSession, limits::kLoadRows), respond);
  if (!sessions) return;
  std::vector<Digest> gone;
  for (const AccessToken& session : *sessions) {
    if (session.secretHash != setting.keep) gone.push_back(session.secretHash);
  }
  Changes changes = std::move(setting.changes);
  changes.push_back(CredentialPut{{setting.account, std::move(*hash), context.now()}, {}});
  changes.push_back(AccessTokensEnd{setting.account, TokenKind::kSession, setting.keep});
  commit(context, std::move(changes), setting.conflict, respond, [&context, gone = std::move(gone), respond] {
    for (const Digest& session : gone) context.sessions.forget(session);
    respond({204, {}, std::string{}});
  });
}

/// On a thread for passwords.
void change(ApiContext& context, const Caller& caller, const wire::PasswordRequest& asked, const Respond& respond) {
  const auto credential = valueOr(context.deps.read.credential(caller.account.id), respond);
  if (!credential) return;
  if (*credential && !certs::isPassword(asked.old, (*credential)->password)) {
    return respondError(at("old", respond),
                        {ErrorCode::kForbidden, "The old password is not right.",
                         "Type it again; an admin of the project can send a link to set a new one."});
  }
  attemptSucceeded(context, caller.account.name);
  set(context, {caller.account.id, caller.token, {}, {ErrorCode::kConflict, "The account is gone.", "Sign in again."}},
      asked.password, respond);
}

void changePassword(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parsePasswordRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, caller.account.name, respond)) return;
  runOn(context.passwords, respond,
        [&context, caller, asked = *asked, respond] { change(context, caller, asked, respond); });
}

/// On a thread for passwords.
void setByLink(ApiContext& context, const wire::PasswordRequest& asked, const Respond& respond) {
  const Error spent{ErrorCode::kForbidden, "This link is not good any more.",
                    "It was used or has expired: ask an admin of the project for another one."};
  const Digest hash = certs::secretHash(asked.link);
  const auto link = valueOr(context.deps.read.passwordLink(hash), respond);
  if (!link) return;
  if (!*link || (*link)->expires <= context.now()) return respondError(at("link", respond), spent);
  set(context, {(*link)->account, {}, {PasswordLinkUse{hash}}, spent}, asked.password, respond);
}

void passwordByLink(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (!isOurs(*request, respond)) return;
  const auto asked = valueOr(wire::parsePasswordRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, {}, respond)) return;
  runOn(context.passwords, respond, [&context, asked = *asked, respond] { setByLink(context, asked, respond); });
}

void createLink(ApiContext& context, const Caller& caller, const Request& request, const Respond& respond) {
  const std::string& name = request.captures.at(0);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return;
  if (!*account) {
    return respondError(at("account", respond),
                        {ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                         "List the accounts: GET /api/v1/accounts"});
  }
  const std::string secret = certs::newSecret(kLinkPrefix);
  const PasswordLink link{certs::secretHash(secret), (*account)->id,
                          context.now() + context.options.accounts.passwordLinkLife};
  commit(context, {PasswordLinkPut{link}, auditOf(context, caller, "account.password-link", "account " + name)}, {},
         respond, [&context, secret, expires = link.expires, respond] {
           respond(secretResponse(
               201, wire::toJson(wire::SecretLink{pageLink(context, "/password", "link=" + secret), expires})));
         });
}

}  // namespace

void addPasswordRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPut, "/api/v1/password", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  changePassword(context, caller, request, respond);
                });
  routes.anyone(Method::kPost, "/api/v1/password", [&context](const RequestPtr& request, const Respond& respond) {
    passwordByLink(context, request, respond);
  });
  routes.person(Method::kPost, "/api/v1/accounts/{account}/password-link", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  createLink(context, caller, *request, respond);
                });
}

}  // namespace hearth::server
