// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/pages.h"

#include <utility>

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
constexpr std::size_t kWorthCompressing = 1400;  // about one packet

unsigned statusOf(const Error& error) { return problemResponse(error).status; }

bool maySee(const Caller& caller, Access access) {
  switch (access) {
    case Access::kAnyone:
    case Access::kAccount:
      return true;
    case Access::kScientist:
      return caller.has(Role::kScientist) || caller.isOperator();
    case Access::kAdmin:
      return caller.has(Role::kAdmin);
  }
  return false;
}

/// The path and query of a request, percent-encoded enough to stand in a query.
std::string asQueryValue(const Request& request) {
  std::string text;
  const auto append = [&text](std::string_view part) {
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                         c == '-' || c == '_' || c == '.';
      if (plain) {
        text += c;
      } else {
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        text += '%';
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
      }
    }
  };
  append(request.path);
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    append((i == 0 ? "?" : "&") + request.query[i].first + "=" + request.query[i].second);
  }
  return text;
}

Page errorPage(const Error& error) {
  Page page(json::object{{"title", error.message}, {"message", error.message}, {"hint", error.hint}});
  page.status = statusOf(error);
  return page;
}

json::object accountOf(const Caller& caller) {
  return {{"name", caller.account.name},
          {"isScientist", caller.has(Role::kScientist)},
          {"isOperator", caller.isOperator()},
          {"isAdmin", caller.has(Role::kAdmin)}};
}

}  // namespace

void Pages::add(std::string_view pattern, std::string_view name, Access access, PageHandler handler) {
  m_routes.anyone(
      Method::kGet, pattern,
      [this, name = std::string(name), access, handler = std::move(handler)](RequestPtr request, Respond respond) {
        Visitor visitor;
        auto caller = m_context.sessions.callerOf(*request);
        if (caller) visitor.caller = std::move(*caller);
        if (!visitor.caller && access != Access::kAnyone) {
          return respond({303, {{"location", "/signin?next=" + asQueryValue(*request)}}, std::string{}});
        }
        if (visitor.caller && !maySee(*visitor.caller, access)) {
          return answer(request, name, visitor,
                        fail(ErrorCode::kForbidden, "Your account may not see this page.",
                             "An admin of the project can give it the role that it needs."),
                        respond);
        }
        handler(visitor, request, [this, request, name, visitor, respond](Result<Page> page) {
          answer(request, name, visitor, std::move(page), respond);
        });
      });
}

void Pages::addOtherwise(Router& router) {
  router.addOtherwise([this](const RequestPtr& request, const Respond& respond) {
    Visitor visitor;
    if (auto caller = m_context.sessions.callerOf(*request)) visitor.caller = std::move(*caller);
    answer(request, "error", visitor,
           fail(ErrorCode::kNotFound, "There is no such page.", "It may have moved, or the address has a slip in it."),
           respond);
  });
}

void Pages::answer(const RequestPtr& request, std::string_view name, const Visitor& visitor, Result<Page> page,
                   const Respond& respond) const {
  if (!page) return respond(render(*request, "error", visitor, errorPage(page.error())));
  if (!page->redirect.empty()) {
    Headers headers{{"location", page->redirect}, {"cache-control", "no-store"}};
    headers.insert(headers.end(), page->headers.begin(), page->headers.end());
    return respond({303, std::move(headers), std::string{}});
  }
  respond(render(*request, name, visitor, std::move(*page)));
}

Response Pages::render(const Request& request, std::string_view name, const Visitor& visitor, Page page) const {
  json::object& model = page.model;
  model["project"] = m_context.deps.project;
  model["assets"] = m_assets.prefix();
  model["path"] = request.path;
  model["page"] = name;
  const std::string own(name);
  model["ownStyle"] = m_assets.has("css/pages/" + own + ".css");
  model["ownScript"] = m_assets.has("js/pages/" + own + ".js");
  if (visitor.caller) model["account"] = accountOf(*visitor.caller);
  Response response{page.status,
                    {{"content-type", "text/html; charset=utf-8"},
                     {"content-security-policy", std::string(kPolicy)},
                     {"x-content-type-options", "nosniff"},
                     {"referrer-policy", "same-origin"},
                     {"cross-origin-opener-policy", "same-origin"},
                     {"permissions-policy", "camera=(), microphone=(), geolocation=()"},
                     {"cache-control", "no-store"}},
                    m_templates.render(name, model)};
  response.headers.insert(response.headers.end(), page.headers.begin(), page.headers.end());
  auto& text = std::get<std::string>(response.body);
  if (text.size() > kWorthCompressing && acceptsGzip(request)) {
    text = gzip(text);
    response.headers.emplace_back("content-encoding", "gzip");
  }
  return response;
}

}  // namespace hearth::server
