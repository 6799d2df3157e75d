// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/identity_parts.h"

#include <algorithm>
#include <utility>

#include "certs/secret.h"
#include "server/api/session_cookie.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr std::size_t kProgramBytes = 200;
constexpr const char* kSessionPrefix = "hses_";

void respondTooMany(const Respond& respond, Duration wait) {
  const std::string seconds = std::to_string(std::max<std::int64_t>(1, wait.inMilliseconds() / 1000));
  const Error error{ErrorCode::kUnavailable, "There were too many attempts to sign in.",
                    "Try again in " + seconds + " seconds."};
  Response response{
      429,
      {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}, {"retry-after", seconds}},
      wire::problemJson(error, {429, "too-many-attempts", "Too many attempts"})};
  respond(std::move(response));
}

}  // namespace

NewSession newSession(ApiContext& context, const Request& request, AccountId account) {
  NewSession session{certs::newSecret(kSessionPrefix), {}};
  const Instant now = context.now();
  session.token = {certs::secretHash(session.secret), account, {}, now, now + context.options.accounts.sessionLife};
  session.token.kind = TokenKind::kSession;
  session.token.madeBy = programOf(request);
  session.token.lastSeen = now;
  return session;
}

Response signedIn(const NewSession& session, const std::string& name, Duration life) {
  Response response = secretResponse(201, wire::toJson(wire::SignedIn{name, session.token.expires}));
  response.headers.push_back(sessionCookie(session.secret, life));
  return response;
}

void endFormerSession(ApiContext& context, const Request& request, Changes& changes) {
  const std::string_view former = sessionSecret(request);
  if (former.empty()) return;
  const Digest hash = certs::secretHash(former);
  changes.push_back(AccessTokenDelete{hash});
  context.sessions.forget(hash);
}

std::string programOf(const Request& request) {
  std::string program(request.header("user-agent").substr(0, kProgramBytes));
  std::replace_if(
      program.begin(), program.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return program;
}

bool mayAttempt(ApiContext& context, const Request& request, const std::string& name, const Respond& respond) {
  const Instant now = context.now();
  Duration wait = context.attemptsFrom.take(networkOf(request.peer->address), now);
  if (wait == Duration{} && !name.empty()) wait = context.attemptsAt.take(name, now);
  if (wait == Duration{}) return true;
  respondTooMany(respond, wait);
  return false;
}

void attemptSucceeded(ApiContext& context, const std::string& name) { context.attemptsAt.giveBack(name); }

bool isOurs(const Request& request, const Respond& respond) {
  if (!isFromAnotherSite(request)) return true;
  respondError(respond, {ErrorCode::kForbidden, "A page of another site made this request.",
                         "Open the project's own pages and try again there."});
  return false;
}

void respondProblem(const Respond& respond, const Error& error, const wire::ProblemKind& kind) {
  respond({kind.status,
           {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}},
           wire::problemJson(error, kind)});
}

Response secretResponse(unsigned status, std::string json) {
  Response response = jsonResponse(status, std::move(json));
  response.headers.emplace_back("cache-control", "no-store");
  return response;
}

std::string pageLink(const ApiContext& context, std::string_view path, std::string_view query) {
  return "https://" + context.deps.publicAddress + std::string(path) + "?" + std::string(query);
}

}  // namespace hearth::server
