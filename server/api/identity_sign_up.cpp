// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts that people make for themselves, and the invitations to do so.
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

constexpr const char* kInvitationPrefix = "hinv_";
constexpr std::uint32_t kInvitationUses = 1000;
constexpr Duration kInvitationLife = Duration::days(366);
constexpr std::size_t kInvitationsShown = 1000;

Error badInvitation() {
  return {ErrorCode::kForbidden, "This invitation is not good any more.",
          "It was used up, taken back or has expired: ask an admin of the project for another one."};
}

/// On a thread for passwords.
void signUp(ApiContext& context, const RequestPtr& request, const wire::SignUpRequest& asked, const Respond& respond) {
  const auto admission = valueOr(admissionOf(context, asked.invitation), at("invitation", respond));
  if (!admission) return;
  auto password = valueOr(certs::hashPassword(asked.password, context.options.accounts.passwordCost), respond);
  if (!password) return;
  const Instant now = context.now();
  const NewSession session = newSession(context, *request, {});
  Changes changes;
  if (admission->invitation) changes.push_back(InvitationUse{*admission->invitation});
  changes.push_back(AccountInsert{{{}, asked.name, admission->roles, now}});
  changes.push_back(CredentialPut{{{}, std::move(*password), now}, asked.name});
  changes.push_back(AccessTokenInsert{session.token, asked.name});
  changes.push_back(AuditAppend{now, {}, "account.sign-up", "account " + asked.name, {}});
  commit(context, std::move(changes),
         {ErrorCode::kConflict, "There is an account '" + asked.name + "' already.", "Choose another name."},
         at("name", respond), [session, name = asked.name, life = session.token.expires - now, respond] {
           respond(signedIn(session, name, life));
         });
}

void createAccount(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (!isOurs(*request, respond)) return;
  const auto asked = valueOr(wire::parseSignUpRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, {}, respond)) return;
  runOn(context.passwords, respond,
        [&context, request, asked = *asked, respond] { signUp(context, request, asked, respond); });
}

void createInvitation(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto asked = valueOr(wire::parseInvitationRequest(request->body), respond);
  if (!asked) return;
  const Duration life = asked->ttl.value_or(context.options.accounts.invitationLife);
  if (asked->uses > kInvitationUses || life > kInvitationLife) {
    return respondError(
        at(asked->uses > kInvitationUses ? "uses" : "ttlMs", respond),
        {ErrorCode::kTooLarge,
         "An invitation is good for " + std::to_string(kInvitationUses) + " accounts and 366 days at most.",
         "Ask for fewer uses or a shorter life."});
  }
  const Instant now = context.now();
  const std::string secret = certs::newSecret(kInvitationPrefix);
  const Invitation invitation{certs::secretHash(secret), asked->label, asked->roles, asked->uses,
                              caller.account.id,         now,          now + life};
  commit(context,
         {InvitationPut{invitation}, auditOf(context, caller, "invitation.create", "invitation " + asked->label,
                                             std::to_string(asked->uses) + " uses")},
         {}, respond, [&context, secret, expires = invitation.expires, respond] {
           respond(secretResponse(
               201, wire::toJson(wire::SecretLink{pageLink(context, "/signup", "invitation=" + secret), expires})));
         });
}

void listInvitations(ApiContext& context, const Respond& respond) {
  const auto rows = valueOr(context.deps.read.invitations(kInvitationsShown), respond);
  if (!rows) return;
  std::vector<wire::InvitationView> views;
  for (const Invitation& row : *rows) {
    if (row.usesLeft == 0 || row.expires <= context.now()) continue;
    views.push_back({row.secretHash, row.label, row.roles, row.usesLeft, accountName(context, row.madeBy), row.created,
                     row.expires});
  }
  respond(jsonResponse(200, wire::invitationsJson(views)));
}

void deleteInvitation(ApiContext& context, const Caller& caller, const Request& request, const Respond& respond) {
  const auto id = valueOr(captureDigest(request, 0), respond);
  if (!id) return;
  commit(context, {InvitationDrop{*id}, auditOf(context, caller, "invitation.delete", "invitation " + id->hex())},
         {ErrorCode::kNotFound, "There is no such invitation.", "Load the list again: it may be gone already."},
         respond, [respond] {
           respond({204, {}, std::string{}});
         });
}

}  // namespace

Result<Admission> admissionOf(ApiContext& context, const std::string& secret) {
  const AccountOptions& options = context.options.accounts;
  if (options.signUp == SignUp::kClosed) {
    return fail(ErrorCode::kForbidden, "Nobody can sign up here.", "Ask an admin of the project for an account.");
  }
  if (secret.empty()) {
    if (options.signUp == SignUp::kOpen) return Admission{options.signUpRoles, {}};
    return fail(ErrorCode::kForbidden, "Signing up needs an invitation.",
                "Ask an admin of the project for an invitation and follow its link.");
  }
  const Digest hash = certs::secretHash(secret);
  const auto invitation = context.deps.read.invitation(hash);
  if (!invitation) return fail(invitation.error());
  const bool good = *invitation && (*invitation)->usesLeft > 0 && context.now() < (*invitation)->expires;
  if (!good) return fail(badInvitation());
  return Admission{(*invitation)->roles, hash};
}

void addSignUpRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kPost, "/api/v1/signup", [&context](const RequestPtr& request, const Respond& respond) {
    createAccount(context, request, respond);
  });
  routes.person(Method::kPost, "/api/v1/invitations", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  createInvitation(context, caller, request, respond);
                });
  routes.person(
      Method::kGet, "/api/v1/invitations", {Role::kAdmin},
      [&context](const Caller&, const RequestPtr&, const Respond& respond) { listInvitations(context, respond); });
  routes.person(Method::kDelete, "/api/v1/invitations/{invitation}", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  deleteInvitation(context, caller, *request, respond);
                });
}

}  // namespace hearth::server
