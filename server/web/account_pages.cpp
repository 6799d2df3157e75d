// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in and up, and what a person has of their account: password, two-step sign-in, sessions, tokens.
#include "server/web/account_pages.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "server/oidc/fetch.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 200;
constexpr std::size_t kNextBytes = 1000;

bool isSecret(std::string_view text) {
  constexpr std::size_t kMost = 200;
  return !text.empty() && text.size() <= kMost && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

json::array providersOf(ApiContext& context) {
  json::array rows;
  for (const auto& provider : context.oidc.providers()) {
    rows.push_back(json::object{{"id", provider->settings().id}, {"name", provider->settings().name}});
  }
  return rows;
}

/// Who is signed in already goes on.
bool goesOn(const Visitor& visitor, const Request& request, const Show& show) {
  if (!visitor.caller) return false;
  show(Page::redirectTo(safeNext(request.queryValue("next"))));
  return true;
}

void showSignIn(ApiContext& context, const Visitor& visitor, const Request& request, const Show& show) {
  if (goesOn(visitor, request, show)) return;
  show(json::object{{"title", "Sign in"},
                    {"next", safeNext(request.queryValue("next"))},
                    {"nextQuery", percentEncoded(safeNext(request.queryValue("next")))},
                    {"providers", providersOf(context)},
                    {"maySignUp", context.options.accounts.signUp == SignUp::kOpen},
                    {"byInvitation", context.options.accounts.signUp == SignUp::kInvitation}});
}

void showSignUp(ApiContext& context, const Visitor& visitor, const Request& request, const Show& show) {
  if (goesOn(visitor, request, show)) return;
  const std::string_view invitation = request.queryValue("invitation");
  const SignUp policy = context.options.accounts.signUp;
  const bool invited = isSecret(invitation) && policy != SignUp::kClosed;
  show(json::object{{"title", "Sign up"},
                    {"invited", invited},
                    {"invitation", invited ? invitation : std::string_view{}},
                    {"providers", providersOf(context)},
                    {"may", invited || policy == SignUp::kOpen},
                    {"closed", policy == SignUp::kClosed}});
}

void showPassword(const Request& request, const Show& show) {
  const std::string_view link = request.queryValue("link");
  show(json::object{{"title", "Set a password"}, {"linked", isSecret(link)}, {"link", isSecret(link) ? link : ""}});
}

json::object rowOf(const AccessToken& row, const Digest& current) {
  json::object shown{{"id", row.secretHash.hex()},
                     {"label", row.label.empty() ? "without a name" : row.label},
                     {"scope", tokenScopeName(row.scope)},
                     {"madeBy", programName(row.madeBy)},
                     {"created", formatInstant(row.created)},
                     {"expires", formatInstant(row.expires)},
                     {"current", row.secretHash == current}};
  if (row.lastSeen != Instant{}) shown["lastSeen"] = formatInstant(row.lastSeen);
  return shown;
}

Result<json::array> accessOf(ApiContext& context, const Caller& caller, TokenKind kind) {
  const auto rows = context.deps.read.accessTokens(caller.account.id, kind, kShown);
  if (!rows) return fail(rows.error());
  json::array shown;
  for (const AccessToken& row : *rows) {
    if (row.expires > context.now()) shown.push_back(rowOf(row, caller.token));
  }
  return shown;
}

Result<json::array> identitiesOf(ApiContext& context, const Caller& caller) {
  const auto rows = context.deps.read.identities(caller.account.id);
  if (!rows) return fail(rows.error());
  json::array shown;
  for (const Identity& row : *rows) {
    const OidcProvider* provider = context.oidc.ofIssuer(row.issuer);
    shown.push_back(json::object{{"provider", provider == nullptr ? row.issuer : provider->settings().name},
                                 {"issuer", row.issuer},
                                 {"subject", row.subject},
                                 {"label", row.label.empty() ? row.subject : row.label}});
  }
  return shown;
}

json::array rolesOf(const RoleSet& roles) {
  json::array names;
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    if (roles.has(role)) names.push_back(json::object{{"role", name(role)}});
  }
  return names;
}

Result<Page> accountPage(ApiContext& context, const Caller& caller) {
  const auto credential = context.deps.read.credential(caller.account.id);
  if (!credential) return fail(credential.error());
  const auto factor = context.deps.read.secondFactor(caller.account.id);
  if (!factor) return fail(factor.error());
  const auto codes = context.deps.read.recoveryCodesLeft(caller.account.id);
  if (!codes) return fail(codes.error());
  auto sessions = accessOf(context, caller, TokenKind::kSession);
  if (!sessions) return fail(std::move(sessions).error());
  auto identities = identitiesOf(context, caller);
  if (!identities) return fail(std::move(identities).error());
  auto tokens = accessOf(context, caller, TokenKind::kToken);
  if (!tokens) return fail(std::move(tokens).error());
  return json::object{{"title", "Your account"},
                      {"accountName", caller.account.name},
                      {"created", formatInstant(caller.account.created)},
                      {"roles", rolesOf(caller.account.roles)},
                      {"hasPassword", credential->has_value()},
                      {"twoStep", *factor && (*factor)->confirmed},
                      {"codesLeft", *codes},
                      {"fewCodes", *codes < 4},
                      {"hasSessions", !sessions->empty()},
                      {"sessions", std::move(*sessions)},
                      {"hasIdentities", !identities->empty()},
                      {"identities", std::move(*identities)},
                      {"hasProviders", !context.oidc.providers().empty()},
                      {"providers", providersOf(context)},
                      {"hasTokens", !tokens->empty()},
                      {"tokens", std::move(*tokens)}};
}

}  // namespace

std::string safeNext(std::string_view next) {
  const bool local = next.starts_with('/') && !next.starts_with("//") && next.size() <= kNextBytes &&
                     std::all_of(next.begin(), next.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  return local ? std::string(next) : "/";
}

std::string programName(std::string_view userAgent) {
  using Names = std::array<std::pair<std::string_view, std::string_view>, 6>;
  // What comes first counts: others call themselves what comes later as well.
  static constexpr Names kPrograms{{{"Firefox/", "Firefox"},
                                    {"Edg/", "Edge"},
                                    {"Chrome/", "Chrome or Chromium"},
                                    {"Safari/", "Safari"},
                                    {"hearth", "the hearth command"},
                                    {"curl/", "curl"}}};
  static constexpr Names kSystems{{{"Android", "Android"},
                                   {"iPhone", "iPhone"},
                                   {"iPad", "iPad"},
                                   {"Windows", "Windows"},
                                   {"Macintosh", "macOS"},
                                   {"Linux", "Linux"}}};
  const auto find = [&](const Names& names) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& name) {
      return userAgent.find(name.first) != std::string_view::npos;
    });
    return found == names.end() ? std::string{} : std::string(found->second);
  };
  const std::string program = find(kPrograms), system = find(kSystems);
  if (program.empty()) return userAgent.empty() ? "a program" : std::string(userAgent.substr(0, 40));
  return system.empty() ? program : program + " on " + system;
}

void addAccountPages(Pages& pages, ApiContext& context) {
  pages.add("/signin", "signin", Access::kAnyone,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showSignIn(context, visitor, *request, show);
            });
  pages.add("/signup", "signup", Access::kAnyone,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showSignUp(context, visitor, *request, show);
            });
  pages.add("/password", "password", Access::kAnyone,
            [](const Visitor&, const RequestPtr& request, const Show& show) { showPassword(*request, show); });
  pages.add("/account", "account", Access::kAccount,
            [&context](const Visitor& visitor, const RequestPtr&, const Show& show) {
              show(accountPage(context, *visitor.caller));
            });
}

}  // namespace hearth::server
