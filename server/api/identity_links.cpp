// SPDX-License-Identifier: GPL-3.0-or-later
// Other parties' accounts that sign a person in here: linking and unlinking them.
#include <utility>

#include "server/api/identity_parts.h"
#include "server/api/identity_routes.h"
#include "server/api/session_cookie.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

void list(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto rows = valueOr(context.deps.read.identities(caller.account.id), respond);
  if (!rows) return;
  std::vector<wire::IdentityView> views;
  for (const Identity& row : *rows) {
    const OidcProvider* provider = context.oidc.ofIssuer(row.issuer);
    views.push_back({row.issuer, row.subject, row.label, provider == nullptr ? row.issuer : provider->settings().name,
                     row.created});
  }
  respond(jsonResponse(200, wire::identitiesJson(views)));
}

/// Where the browser goes to show that the other account is the caller's too. Begun by a call, never by a link, so that
/// no other site can have somebody else's account linked.
void link(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  OidcProvider* provider = context.oidc.find(request->captures.at(0));
  if (provider == nullptr) {
    return respondError(respond, {ErrorCode::kNotFound, "This project knows no such party.",
                                  "The page of your account shows those that there are."});
  }
  runOn(context.parties, respond, [&context, provider, account = caller.account.id, respond] {
    auto asked =
        valueOr(beginOidc(context, *provider, {provider->settings().id, {}, "/account", {}, account}), respond);
    if (!asked) return;
    Response response = secretResponse(200, wire::toJson(wire::LocationView{asked->location}));
    response.headers.push_back(std::move(asked->cookie));
    respond(std::move(response));
  });
}

/// Nobody locks themselves out: another way to sign in must be left.
void unlink(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseIdentityRequest(request->body), respond);
  if (!asked) return;
  const auto credential = valueOr(context.deps.read.credential(caller.account.id), respond);
  if (!credential) return;
  const auto rows = valueOr(context.deps.read.identities(caller.account.id), respond);
  if (!rows) return;
  if (!*credential && rows->size() < 2) {
    return respondError(
        respond, {ErrorCode::kConflict, "This is the only way in which you can sign in.", "Set a password first."});
  }
  commit(context, {IdentityDrop{caller.account.id, asked->issuer, asked->subject}},
         {ErrorCode::kNotFound, "No such account is linked.", "Load the page again: it may be gone already."}, respond,
         [respond] {
           respond({204, {}, std::string{}});
         });
}

}  // namespace

Result<OidcQuestion> beginOidc(ApiContext& context, OidcProvider& provider, OidcSignIns::Pending pending) {
  pending.question = OidcProvider::newQuestion();
  const std::string callback = "https://" + context.deps.publicAddress + oidcCallbackPath(provider.settings().id);
  auto location = provider.address(pending.question, callback, context.now());
  if (!location) return fail(std::move(location).error());
  OidcQuestion question{std::move(*location), hostCookie(kOidcCookie, pending.question.state, Duration::minutes(10))};
  context.oidc.keep(std::move(pending), context.now());
  return question;
}

void addIdentityLinkRoutes(Routes& routes, ApiContext& context) {
  routes.person(
      Method::kGet, "/api/v1/identities", {},
      [&context](const Caller& caller, const RequestPtr&, const Respond& respond) { list(context, caller, respond); });
  routes.person(Method::kPost, "/api/v1/identities/unlink", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  unlink(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/identities/{provider}/link", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  link(context, caller, request, respond);
                });
}

}  // namespace hearth::server
