// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in and out, and the sessions and tokens that an account has.
#include <algorithm>
#include <memory>
#include <utility>

#include "certs/password.h"
#include "certs/secret.h"
#include "server/api/identity_parts.h"
#include "server/api/identity_routes.h"
#include "server/api/identity_second_step.h"
#include "server/api/session_cookie.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr std::size_t kAccessShown = 1000;

Error wrongPassword() {
  return {ErrorCode::kUnauthorized, "The name or the password is not right.",
          "Type both again; an admin of the project can send a link to set a new password."};
}

/// An attempt to sign in by name and password.
struct Attempt {
  RequestPtr request;
  wire::SignInRequest asked;
};

void open(ApiContext& context, const RequestPtr& request, const Account& account, Changes changes, NewSession session,
          const Error& conflict, const Respond& respond) {
  endFormerSession(context, *request, changes);
  const Duration life = session.token.expires - context.now();
  changes.push_back(AccessTokenInsert{session.token, {}});
  commit(context, std::move(changes), conflict, respond,
         [&context, session, name = account.name, life, respond] {
           attemptSucceeded(context, name);
           respond(signedIn(session, name, life));
         });
}

/// Hashed again where hashing costs more now than when the password was set.
void raiseCost(const ApiContext& context, const Attempt& attempt, Credential credential, Changes& changes) {
  const ScryptCost& cost = context.options.accounts.passwordCost;
  if (credential.password.cost == cost) return;
  auto again = certs::hashPassword(attempt.asked.password, cost);
  if (!again) return;  // the old hash is good too
  credential.password = std::move(*again);
  changes.push_back(CredentialPut{std::move(credential), {}});
}

/// On a thread for passwords. Whether there is such an account is told by neither the answer nor the time it takes.
void signIn(ApiContext& context, const Attempt& attempt, const Respond& respond) {
  const auto account = valueOr(context.deps.read.accountByName(attempt.asked.name), respond);
  if (!account) return;
  const auto credential = valueOr(context.deps.read.credential(*account ? (*account)->id : AccountId{}), respond);
  if (!credential) return;
  const PasswordHash& kept = *credential ? (*credential)->password : context.decoy;
  if (!certs::isPassword(attempt.asked.password, kept) || !*credential) return respondError(respond, wrongPassword());
  Changes changes;
  const auto step = valueOr(secondStep(context, (*account)->id, attempt.asked.code, changes), respond);
  if (!step) return;
  if (*step == SecondStep::kMissing) attemptSucceeded(context, attempt.asked.name);  // the code is asked for next
  if (*step == SecondStep::kMissing || *step == SecondStep::kWrong) {
    return respondCodeNeeded(respond, *step == SecondStep::kWrong);
  }
  raiseCost(context, attempt, **credential, changes);
  open(context, attempt.request, **account, std::move(changes), newSession(context, *attempt.request, (*account)->id),
       {ErrorCode::kUnauthorized, "This code is not right, or it was used already.",
        "Wait for the next one and type that, or use another recovery code."},
       respond);
}

/// A session in the place of an access token that was pasted: it reaches no further and lives no longer.
void signInByToken(ApiContext& context, const RequestPtr& request, const std::string& token, const Respond& respond) {
  const auto caller = valueOr(context.sessions.callerWith(token), respond);
  if (!caller) return;
  NewSession session = newSession(context, *request, caller->account.id);
  session.token.scope = caller->scope;
  session.token.expires = std::min(session.token.expires, caller->expires);
  open(context, request, caller->account, {}, std::move(session),
       {ErrorCode::kUnauthorized, "The account of this access token is gone.", "Ask an admin for another one."},
       respond);
}

void createSession(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (!isOurs(*request, respond)) return;
  auto asked = valueOr(wire::parseSignInRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, asked->name, respond)) return;
  if (!asked->token.empty()) return signInByToken(context, request, asked->token, respond);
  auto attempt = std::make_shared<const Attempt>(Attempt{request, std::move(*asked)});
  runOn(context.passwords, respond, [&context, attempt, respond] { signIn(context, *attempt, respond); });
}

Response signedOut() { return {204, {noSessionCookie()}, std::string{}}; }

/// `gone`: hashes of what is deleted, which is not to be believed any more.
void end(ApiContext& context, Changes changes, std::vector<Digest> gone, Response answer, const Respond& respond) {
  commit(context, std::move(changes), {ErrorCode::kConflict, "It is gone already.", "Load the list again."}, respond,
         [&context, gone = std::move(gone), answer = std::move(answer), respond] {
           for (const Digest& token : gone) context.sessions.forget(token);
           respond(answer);
         });
}

std::optional<std::vector<AccessToken>> tokensOf(ApiContext& context, const Caller& caller, TokenKind kind,
                                                 const Respond& respond) {
  return valueOr(context.deps.read.accessTokens(caller.account.id, kind, kAccessShown), respond);
}

void list(ApiContext& context, const Caller& caller, TokenKind kind, std::string_view member, const Respond& respond) {
  const auto rows = tokensOf(context, caller, kind, respond);
  if (!rows) return;
  std::vector<wire::AccessView> views;
  for (const AccessToken& row : *rows) {
    if (row.expires <= context.now()) continue;
    views.push_back({row.secretHash, row.label, row.scope, row.madeBy, row.created, row.expires, row.lastSeen,
                     row.secretHash == caller.token});
  }
  respond(jsonResponse(200, wire::accessJson(member, views)));
}

/// One session or token of the caller's, named by the hash of its secret.
void deleteOne(ApiContext& context, const Caller& caller, TokenKind kind, const Request& request,
               const Respond& respond) {
  const auto id = valueOr(captureDigest(request, 0), respond);
  if (!id) return;
  const auto row = valueOr(context.deps.read.accessToken(*id), respond);
  if (!row) return;
  if (!*row || (*row)->account != caller.account.id || (*row)->kind != kind) {
    return respondError(respond, {ErrorCode::kNotFound, "There is nothing of that name that you could end.",
                                  "Load the list again: it may be gone already."});
  }
  end(context, {AccessTokenDelete{*id}}, {*id}, *id == caller.token ? signedOut() : Response{204, {}, std::string{}},
      respond);
}

/// Ends a session; an access token that a browser or a program called with stays what it is.
void signOut(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto row = valueOr(context.deps.read.accessToken(caller.token), respond);
  if (!row) return;
  if (!*row || (*row)->kind != TokenKind::kSession) return respond(signedOut());
  end(context, {AccessTokenDelete{caller.token}}, {caller.token}, signedOut(), respond);
}

void signOutEverywhere(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto rows = tokensOf(context, caller, TokenKind::kSession, respond);
  if (!rows) return;
  std::vector<Digest> gone;
  for (const AccessToken& row : *rows) gone.push_back(row.secretHash);
  end(context, {AccessTokensEnd{caller.account.id, TokenKind::kSession, {}}}, std::move(gone), signedOut(), respond);
}

}  // namespace

void addSessionRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kPost, "/api/v1/session", [&context](const RequestPtr& request, const Respond& respond) {
    createSession(context, request, respond);
  });
  routes.person(Method::kDelete, "/api/v1/session", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  signOut(context, caller, respond);
                });
  routes.person(Method::kGet, "/api/v1/sessions", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  list(context, caller, TokenKind::kSession, "sessions", respond);
                });
  routes.person(Method::kDelete, "/api/v1/sessions", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  signOutEverywhere(context, caller, respond);
                });
  routes.person(Method::kDelete, "/api/v1/sessions/{session}", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  deleteOne(context, caller, TokenKind::kSession, *request, respond);
                });
  routes.person(Method::kGet, "/api/v1/tokens", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  list(context, caller, TokenKind::kToken, "tokens", respond);
                });
  routes.person(Method::kDelete, "/api/v1/tokens/{token}", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  deleteOne(context, caller, TokenKind::kToken, *request, respond);
                });
}

}  // namespace hearth::server
