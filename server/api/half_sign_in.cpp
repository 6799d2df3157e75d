// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/half_sign_in.h"

#include "certs/secret.h"
#include "server/api/identity_parts.h"
#include "server/api/identity_second_step.h"
#include "server/api/session_cookie.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr Duration kCookieLife = Duration::minutes(10);

Error over() {
  return {ErrorCode::kUnauthorized, "No sign-in of this browser waits for a code.",
          "It may have taken too long, or it is complete: sign in again."};
}

/// The session, now that both steps are done.
void open(ApiContext& context, const RequestPtr& request, const Account& account, Changes changes,
          const Respond& respond) {
  const NewSession session = newSession(context, *request, account.id);
  endFormerSession(context, *request, changes);
  changes.push_back(AccessTokenInsert{session.token, {}});
  commit(context, std::move(changes), over(), respond,
         [&context, session, name = account.name, life = session.token.expires - context.now(), respond] {
           attemptSucceeded(context, name);
           respond(signedIn(session, name, life));
         });
}

void goOn(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (!isOurs(*request, respond)) return;
  const auto asked = valueOr(wire::parseCodeRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, {}, respond)) return;
  const std::string_view ticket = cookieValue(*request, kHalfSignInCookie);
  const auto pending = context.oidc.take(ticket, context.now());
  if (!pending || !pending->provider.empty()) return respondError(respond, over());
  context.oidc.keep(*pending, context.now());  // until the code is right
  const auto account = valueOr(context.deps.read.account(pending->link), respond);
  if (!account) return;
  if (!*account) return respondError(respond, over());
  if (!mayAttempt(context, *request, (*account)->name, respond)) return;
  Changes changes;
  const auto step = valueOr(secondStep(context, (*account)->id, asked->code, changes), respond);
  if (!step) return;
  if (*step == SecondStep::kMissing || *step == SecondStep::kWrong) return respondCodeNeeded(respond, true);
  (void)context.oidc.take(ticket, context.now());
  open(context, request, **account, std::move(changes), respond);
}

}  // namespace

std::pair<std::string, std::string> keepHalfSignIn(ApiContext& context, AccountId account) {
  OidcSignIns::Pending pending;
  pending.question.state = certs::newSecret("");
  pending.link = account;
  auto cookie = hostCookie(kHalfSignInCookie, pending.question.state, kCookieLife);
  context.oidc.keep(std::move(pending), context.now());
  return cookie;
}

void addHalfSignInRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kPost, "/api/v1/session/code", [&context](const RequestPtr& request, const Respond& respond) {
    runOn(context.calls, respond, [&context, request, respond] { goOn(context, request, respond); });
  });
}

}  // namespace hearth::server
