// SPDX-License-Identifier: GPL-3.0-or-later
// Signing in by another party: the browser is sent there and comes back with a code.
#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "certs/password.h"
#include "server/api/half_sign_in.h"
#include "server/api/identity_parts.h"
#include "server/api/session_cookie.h"
#include "server/oidc/fetch.h"
#include "server/web/account_pages.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr int kNamesTried = 50;

Error unknownParty() {
  return {ErrorCode::kNotFound, "This project knows no such party.", "Sign in by your name and password."};
}

Page leadTo(std::string path, std::pair<std::string, std::string> cookie) {
  Page page = Page::redirectTo(std::move(path));
  page.headers.push_back(std::move(cookie));
  return page;
}

/// Runs `work` on a thread for other parties, or shows that there is too much to do.
void runForParties(ApiContext& context, const Show& show, std::function<void()> work) {
  if (context.parties.post(std::move(work))) return;
  show(fail(ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Try again in some seconds."));
}

void begin(ApiContext& context, const RequestPtr& request, const Show& show) {
  OidcProvider* provider = context.oidc.find(request->captures.at(0));
  if (provider == nullptr) return show(fail(unknownParty()));
  if (context.attemptsFrom.take(networkOf(request->peer->address), context.now()) != Duration{}) {
    return show(fail(ErrorCode::kUnavailable, "There were too many attempts to sign in.", "Try again in a minute."));
  }
  OidcSignIns::Pending pending{provider->settings().id,
                               {},
                               safeNext(request->queryValue("next")),
                               std::string(request->queryValue("invitation").substr(0, 200)),
                               {}};
  runForParties(context, show, [&context, provider, pending = std::move(pending), show] {
    auto question = beginOidc(context, *provider, pending);
    if (!question) return show(fail(std::move(question).error()));
    show(leadTo(std::move(question->location), std::move(question->cookie)));
  });
}

/// One browser's way back.
struct Return {
  RequestPtr request;
  OidcSignIns::Pending pending;
  OidcPerson person;
};

void keepAndGo(ApiContext& context, Changes changes, Error conflict, Page page, const Show& show) {
  context.deps.runtime.commit(db::Unit{std::move(changes)}, [conflict = std::move(conflict), page = std::move(page),
                                                             show](Result<db::Outcome> outcome) {
    if (!outcome) return show(fail(std::move(outcome).error()));
    if (*outcome == db::Outcome::kConflict) return show(fail(conflict));
    show(page);
  });
}

Page signedInPage(const Return& back, const NewSession& session, Duration life) {
  return leadTo(back.pending.next, sessionCookie(session.secret, life));
}

Identity identityOf(const OidcPerson& person, AccountId account, Instant now) {
  return {person.issuer, person.subject, account, person.name, now};
}

/// Whose account asks for a code is asked for it here, too: two-step sign-in guards every way in.
void signIn(ApiContext& context, const Return& back, AccountId account, const Show& show) {
  const auto factor = context.deps.read.secondFactor(account);
  if (!factor) return show(fail(factor.error()));
  if (*factor && (*factor)->confirmed)
    return show(leadTo("/signin/code?next=" + percentEncoded(back.pending.next), keepHalfSignIn(context, account)));
  const NewSession session = newSession(context, *back.request, account);
  Changes changes{AccessTokenInsert{session.token, {}}};
  endFormerSession(context, *back.request, changes);
  keepAndGo(context, std::move(changes), {ErrorCode::kNotFound, "The account is gone.", "Sign up again."},
            signedInPage(back, session, session.token.expires - context.now()), show);
}

/// A name for a new account after what the other party calls the person, and not taken yet.
Result<std::string> freeName(ApiContext& context, const std::string& called) {
  std::string base;
  for (const char c : called.substr(0, called.find('@'))) {
    const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
                       letter == '_' || letter == '-';
    if (plain && base.size() < 60) base += letter;
  }
  if (base.empty()) base = "person";
  for (int i = 1; i <= kNamesTried; ++i) {
    const std::string name = i == 1 ? base : base + "-" + std::to_string(i);
    const auto taken = context.deps.read.accountByName(name);
    if (!taken) return fail(taken.error());
    if (!*taken) return name;
  }
  return base + "-" + std::to_string(context.now().micros % 1'000'000);
}

void signUp(ApiContext& context, const Return& back, const Show& show) {
  const auto admission = admissionOf(context, back.pending.invitation);
  if (!admission) return show(fail(admission.error()));
  const auto name = freeName(context, back.person.name);
  if (!name) return show(fail(name.error()));
  const Instant now = context.now();
  const NewSession session = newSession(context, *back.request, {});
  Changes changes;
  if (admission->invitation) changes.push_back(InvitationUse{*admission->invitation});
  changes.push_back(AccountInsert{{{}, *name, admission->roles, now}});
  changes.push_back(IdentityInsert{identityOf(back.person, {}, now), *name});
  changes.push_back(AccessTokenInsert{session.token, *name});
  changes.push_back(AuditAppend{now, {}, "account.sign-up", "account " + *name, back.person.issuer});
  keepAndGo(context, std::move(changes),
            {ErrorCode::kConflict, "Somebody took the name '" + *name + "' a moment ago.", "Start again."},
            signedInPage(back, session, session.token.expires - now), show);
}

/// The browser must still be that of the account that asked.
void linkTo(ApiContext& context, const Return& back, const Show& show) {
  const auto caller = context.sessions.callerOf(*back.request);
  if (!caller || caller->account.id != back.pending.link) {
    return show(fail(ErrorCode::kForbidden, "You have signed out, or in as somebody else, in between.",
                     "Sign in and link it again."));
  }
  keepAndGo(context, {IdentityInsert{identityOf(back.person, back.pending.link, context.now()), {}}},
            {ErrorCode::kConflict, "That account is linked to an account here already.",
             "Sign in by it to see which; it must be unlinked there first."},
            Page::redirectTo("/account#identities"), show);
}

void arrive(ApiContext& context, const Return& back, const Show& show) {
  if (back.pending.link) return linkTo(context, back, show);
  const auto known = context.deps.read.identity(back.person.issuer, back.person.subject);
  if (!known) return show(fail(known.error()));
  if (*known) return signIn(context, back, (*known)->account, show);
  signUp(context, back, show);
}

void comeBack(ApiContext& context, const RequestPtr& request, const Show& show) {
  const Error stale{ErrorCode::kForbidden, "This answer belongs to no sign-in that was begun in this browser.",
                    "It may have taken too long, or was used already: start again."};
  const std::string_view state = request->queryValue("state");
  const bool ours = !state.empty() && certs::sameBytes(cookieValue(*request, kOidcCookie), state);
  auto pending = ours ? context.oidc.take(state, context.now()) : std::nullopt;
  OidcProvider* provider = context.oidc.find(request->captures.at(0));
  if (!pending || provider == nullptr || pending->provider != provider->settings().id) return show(fail(stale));
  const std::string code(request->queryValue("code"));
  if (code.empty()) {
    return show(fail(ErrorCode::kForbidden, provider->settings().name + " did not sign you in.",
                     "Start again, or sign in by your name and password."));
  }
  runForParties(context, show, [&context, request, provider, pending = std::move(*pending), code, show] {
    const std::string callback = "https://" + context.deps.publicAddress + oidcCallbackPath(provider->settings().id);
    auto person = provider->personOf(code, pending.question, callback, context.now());
    if (!person) return show(fail(std::move(person).error()));
    arrive(context, {request, pending, std::move(*person)}, show);
  });
}

}  // namespace

void addOidcPages(Pages& pages, ApiContext& context) {
  pages.add("/signin/code", "code", Access::kAnyone,
            [](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              const std::string next = safeNext(request->queryValue("next"));
              if (visitor.caller) return show(Page::redirectTo(next));
              show(json::object{{"title", "One more step"}, {"next", next}});
            });
  pages.add("/signin/oidc/{provider}", "signin", Access::kAnyone,
            [&context](const Visitor&, const RequestPtr& request, const Show& show) { begin(context, request, show); });
  pages.add(
      "/signin/oidc/{provider}/callback", "signin", Access::kAnyone,
      [&context](const Visitor&, const RequestPtr& request, const Show& show) { comeBack(context, request, show); });
}

}  // namespace hearth::server
