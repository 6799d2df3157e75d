// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/routes.h"
#include "wire/problem.h"

/// What the calls for signing in and up have in common.
namespace hearth::server {

/// A session that is about to be: the change that keeps it, and the answer that hands its secret to the browser. The
/// secret is always a new one, so that nobody can plant one that they know.
struct NewSession {
  std::string secret;
  AccessToken token;
};
NewSession newSession(ApiContext& context, const Request& request, AccountId account);
Response signedIn(const NewSession& session, const std::string& name, Duration life);

/// The roles that a new account has, and the invitation that is used up by it.
struct Admission {
  RoleSet roles;
  std::optional<Digest> invitation;
};
/// Whether somebody may make an account for themselves, with the secret of an invitation or without. Asked before a
/// name is looked at, so that who is not invited learns of no account.
Result<Admission> admissionOf(ApiContext& context, const std::string& secret);

/// Where a browser is sent to be signed in by another party, with the cookie that ties the answer to it.
struct OidcQuestion {
  std::string location;
  std::pair<std::string, std::string> cookie;
};
/// Blocks on the network.
Result<OidcQuestion> beginOidc(ApiContext& context, OidcProvider& provider, OidcSignIns::Pending pending);

/// The session that the browser had before goes with a new one's coming.
void endFormerSession(ApiContext& context, const Request& request, Changes& changes);

/// The program that calls, as it calls itself; bounded, and without what is no plain text.
std::string programOf(const Request& request);

/// False, after the answer "too many attempts", when this address or this account has tried too often; an empty name
/// counts for the address alone.
bool mayAttempt(ApiContext& context, const Request& request, const std::string& name, const Respond& respond);
/// The attempt succeeded: it does not count against the account.
void attemptSucceeded(ApiContext& context, const std::string& name);
/// False, after the answer, when a page of another site made a browser send this.
bool isOurs(const Request& request, const Respond& respond);

void respondProblem(const Respond& respond, const Error& error, const wire::ProblemKind& kind);

/// An answer that carries a secret: nobody on the way may keep it.
Response secretResponse(unsigned status, std::string json);
/// An address of a page of this project.
std::string pageLink(const ApiContext& context, std::string_view path, std::string_view query);

}  // namespace hearth::server
