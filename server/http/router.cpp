// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/router.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/check.h"

namespace hearth::server {
namespace {

constexpr std::size_t kParts = 32;  // of a path; a longer one matches nothing

/// The parts of a path in an array of the caller's, so that matching allocates nothing. "/" has none.
std::optional<std::span<const std::string_view>> split(std::string_view path,
                                                       std::array<std::string_view, kParts>& parts) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  std::size_t count = 0;
  while (!path.empty() || count > 0) {
    if (count == kParts) return std::nullopt;
    const std::size_t slash = path.find('/');
    parts[count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return std::span<const std::string_view>(parts.data(), count);
}

bool isCapture(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }

bool fits(const Router::Route& route, std::span<const std::string_view> path) {
  return route.parts.size() == path.size() &&
         std::equal(path.begin(), path.end(), route.parts.begin(), [](std::string_view given, const std::string& part) {
           return isCapture(part) ? !given.empty() : given == part;
         });
}

/// Where a word stands against a capture, the word wins, leftmost first.
bool moreExact(const Router::Route& one, const Router::Route& other) {
  for (std::size_t i = 0; i < one.parts.size(); ++i) {
    const bool capture = isCapture(one.parts[i]);
    if (capture != isCapture(other.parts[i])) return !capture;
  }
  return false;
}

Router::Route makeRoute(Method method, std::string_view pattern) {
  Router::Route route;
  route.method = method;
  std::array<std::string_view, kParts> parts;
  const auto path = split(pattern, parts);
  HEARTH_CHECK(path.has_value(), "a route's pattern starts with a slash and has at most 32 parts");
  route.parts.assign(path->begin(), path->end());
  return route;
}

}  // namespace

void Router::add(Method method, std::string_view pattern, Handler handler) {
  Route route = makeRoute(method, pattern);
  route.handler = std::move(handler);
  m_routes.push_back(std::move(route));
}

void Router::addStreaming(Method method, std::string_view pattern, SinkOpener opener) {
  Route route = makeRoute(method, pattern);
  route.opener = std::move(opener);
  m_routes.push_back(std::move(route));
}

void Router::addOtherwise(Handler handler) {
  m_otherwise.emplace();
  m_otherwise->handler = std::move(handler);
}

const Router::Route* Router::otherwise(const Request& request) const {
  const bool reads = request.method == Method::kGet || request.method == Method::kHead;
  if (!m_otherwise || !reads || request.header("accept").find("text/html") == std::string_view::npos) return nullptr;
  return &*m_otherwise;
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  std::array<std::string_view, kParts> storage;
  const auto parts = split(path, storage);
  if (!parts) return match;
  const Route* headless = nullptr;  // what answers HEAD where no route does so itself
  for (const Route& route : m_routes) {
    if (!fits(route, *parts)) continue;
    match.pathKnown = true;
    if (route.method == method && (match.route == nullptr || moreExact(route, *match.route))) match.route = &route;
    if (route.method == Method::kGet && (headless == nullptr || moreExact(route, *headless))) headless = &route;
  }
  if (match.route == nullptr && method == Method::kHead) match.route = headless;
  if (match.route == nullptr) return match;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    if (isCapture(match.route->parts[i])) match.captures.emplace_back((*parts)[i]);
  }
  return match;
}

std::string Router::allow(std::string_view path) const {
  constexpr std::array<std::pair<Method, std::string_view>, 7> kNames{{{Method::kGet, "GET"},
                                                                       {Method::kHead, "HEAD"},
                                                                       {Method::kPost, "POST"},
                                                                       {Method::kPut, "PUT"},
                                                                       {Method::kPatch, "PATCH"},
                                                                       {Method::kDelete, "DELETE"},
                                                                       {Method::kOptions, "OPTIONS"}}};
  std::string text;
  for (const auto& [method, name] : kNames) {
    if (match(method, path).route == nullptr) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace hearth::server
