// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/sessions.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "certs/secret.h"
#include "server/api/session_cookie.h"

namespace hearth::server {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr std::size_t kTokenBytes = 256;
constexpr Duration kSeenEvery = Duration::hours(1);

/// The token of an Authorization header; empty if it is of another scheme.
std::string_view bearerToken(std::string_view header) {
  if (header.size() <= kScheme.size() || header.size() > kScheme.size() + kTokenBytes) return {};
  const bool matches = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char scheme, char given) {
    return scheme == static_cast<char>(std::tolower(static_cast<unsigned char>(given)));
  });
  return matches ? header.substr(kScheme.size()) : std::string_view{};
}

}  // namespace

Sessions::Sessions(db::ReadStore& read, std::function<Instant()> clock, Duration believedFor,
                   std::function<void(const Digest&, Instant)> seen)
    : m_read(read), m_clock(std::move(clock)), m_believedFor(believedFor), m_seen(std::move(seen)) {}

Result<Caller> Sessions::callerOf(const Request& request) {
  if (const std::string_view token = bearerToken(request.header("authorization")); !token.empty()) {
    return callerWith(token);
  }
  const std::string_view secret = sessionSecret(request);
  if (secret.empty()) {
    return fail(ErrorCode::kUnauthorized, "This call needs an access token.",
                "Send the header 'Authorization: Bearer TOKEN', or sign in on the project's pages.");
  }
  const bool reads = request.method == Method::kGet || request.method == Method::kHead;
  if (!reads && !isFromOurPage(request)) {
    return fail(
        ErrorCode::kForbidden, "A page of another site made this request.",
        "Open the project's own pages and try again there; a program sends an access token in place of a cookie.");
  }
  return callerWith(secret);
}

Result<Caller> Sessions::callerWith(std::string_view secret) {
  const Digest token = certs::secretHash(secret);
  const Instant now = m_clock();
  if (auto known = m_known.find(token); known && now < known->until && known->until - now <= m_believedFor) {
    return std::move(known->caller);
  }
  return look(token, now);
}

Result<Caller> Sessions::look(const Digest& token, Instant now) {
  auto row = m_read.accessToken(token);
  if (!row) return fail(std::move(row).error());
  if (!*row) {
    return fail(ErrorCode::kUnauthorized, "This access token is not known here.",
                "Check that it is whole and meant for this server; an admin of the project can give you another one.");
  }
  if ((*row)->expires <= now) {
    return fail(ErrorCode::kUnauthorized, "This access token has expired.",
                "An admin of the project can give you another one.");
  }
  auto account = m_read.account((*row)->account);
  if (!account) return fail(std::move(account).error());
  if (!*account) {
    return fail(ErrorCode::kUnauthorized, "The account of this access token is gone.",
                "An admin of the project can make you another one.");
  }
  if (now - (*row)->lastSeen >= kSeenEvery) m_seen(token, now);
  Caller caller{std::move(**account), token, (*row)->scope, (*row)->expires};
  m_known.put(token, {caller, std::min(now + m_believedFor, (*row)->expires)});
  return caller;
}

}  // namespace hearth::server
