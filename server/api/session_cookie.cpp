// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/session_cookie.h"

namespace hearth::server {
namespace {

constexpr std::size_t kSecretBytes = 256;
constexpr const char* kAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool isOurOrigin(const Request& request, std::string_view origin) {
  const std::string_view host = request.header("host");
  return !host.empty() && origin == "https://" + std::string(host);
}

}  // namespace

std::string_view sessionSecret(const Request& request) { return cookieValue(request, kSessionCookie); }

std::string_view cookieValue(const Request& request, std::string_view name) {
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    const std::size_t end = cookies.find(';');
    const std::string_view cookie = trimmed(cookies.substr(0, end));
    const std::size_t equals = cookie.find('=');
    if (equals != std::string_view::npos && cookie.substr(0, equals) == name) {
      const std::string_view secret = cookie.substr(equals + 1);
      return secret.size() <= kSecretBytes ? secret : std::string_view{};
    }
    if (end == std::string_view::npos) break;
    cookies.remove_prefix(end + 1);
  }
  return {};
}

std::pair<std::string, std::string> hostCookie(std::string_view name, const std::string& value, Duration life) {
  return {"set-cookie",
          std::string(name) + "=" + value + kAttributes + "; Max-Age=" + std::to_string(life.inMilliseconds() / 1000)};
}

std::pair<std::string, std::string> sessionCookie(const std::string& secret, Duration life) {
  return hostCookie(kSessionCookie, secret, life);
}

std::pair<std::string, std::string> noSessionCookie() {
  return {"set-cookie", std::string(kSessionCookie) + "=" + kAttributes + "; Max-Age=0"};
}

bool isFromOurPage(const Request& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site == "same-origin";
  return isOurOrigin(request, request.header("origin"));
}

bool isFromAnotherSite(const Request& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string_view origin = request.header("origin");
  return !origin.empty() && !isOurOrigin(request, origin);
}

}  // namespace hearth::server
