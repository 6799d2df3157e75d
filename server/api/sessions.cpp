// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/sessions.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "certs/secret.h"

namespace hearth::server {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr std::size_t kTokenBytes = 256;

/// The token of an Authorization header; empty if it is of another scheme.
std::string_view bearerToken(std::string_view header) {
  if (header.size() <= kScheme.size() || header.size() > kScheme.size() + kTokenBytes) return {};
  const bool matches = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char scheme, char given) {
    return scheme == static_cast<char>(std::tolower(static_cast<unsigned char>(given)));
  });
  return matches ? header.substr(kScheme.size()) : std::string_view{};
}

/// The secret of our cookie; empty if there is none.
std::string_view cookieSecret(std::string_view header) {
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    std::string_view one = header.substr(0, end);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(kSessionCookie) && one.substr(kSessionCookie.size()).starts_with('=')) {
      const std::string_view secret = one.substr(kSessionCookie.size() + 1);
      return secret.size() <= kTokenBytes ? secret : std::string_view{};
    }
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  return {};
}

/// Whether a request that changes something comes from a page of ours. A browser sends the cookie along with whatever
/// any page makes it send; it does not let that page lie about where the request comes from.
bool fromOwnPage(const Request& request) {
  if (request.method == Method::kGet || request.method == Method::kHead) return true;
  if (const std::string_view site = request.header("sec-fetch-site"); !site.empty()) return site == "same-origin";
  const std::string_view origin = request.header("origin");
  constexpr std::string_view kHttps = "https://";
  return origin.starts_with(kHttps) && origin.substr(kHttps.size()) == request.header("host");
}

}  // namespace

Sessions::Sessions(db::ReadStore& read, std::function<Instant()> clock, Duration believedFor)
    : m_read(read), m_clock(std::move(clock)), m_believedFor(believedFor) {}

Result<Caller> Sessions::callerOf(const Request& request) {
  std::string_view secret = bearerToken(request.header("authorization"));
  if (secret.empty()) {
    secret = cookieSecret(request.header("cookie"));
    if (!secret.empty() && !fromOwnPage(request)) {
      return fail(ErrorCode::kForbidden, "This request does not come from a page of this server.",
                  "Open the page here and try again. Programs send an access token instead of a cookie.");
    }
  }
  if (secret.empty()) {
    return fail(ErrorCode::kUnauthorized, "This call needs an access token.",
                "Send the header 'Authorization: Bearer TOKEN'. An admin of the project gives out tokens.");
  }
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
  Caller caller{std::move(**account), token};
  m_known.put(token, {caller, std::min(now + m_believedFor, (*row)->expires)});
  return caller;
}

}  // namespace hearth::server
