// SPDX-License-Identifier: GPL-3.0-or-later
// What admins see and set of people: who they are, what they may do and have, and how they come here.
#include <cstdio>
#include <utility>

#include "base/time_text.h"
#include "server/oidc/fetch.h"
#include "server/web/pages.h"
#include "wire/manifest.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kInvitationsShown = 200;
constexpr std::size_t kAccountsShown = 50;
constexpr Role kRoles[] = {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor};

json::array rolesOf(const RoleSet& roles) {
  json::array names;
  for (const Role role : kRoles) {
    if (roles.has(role)) names.push_back(json::object{{"role", name(role)}});
  }
  return names;
}

Result<json::array> openInvitations(ApiContext& context) {
  const auto rows = context.deps.read.invitations(kInvitationsShown);
  if (!rows) return fail(rows.error());
  json::array shown;
  for (const Invitation& row : *rows) {
    if (row.usesLeft == 0 || row.expires <= context.now()) continue;
    shown.push_back(json::object{{"id", row.secretHash.hex()},
                                 {"label", row.label.empty() ? "without a name" : row.label},
                                 {"roles", rolesOf(row.roles)},
                                 {"usesLeft", row.usesLeft},
                                 {"madeBy", accountName(context, row.madeBy)},
                                 {"expires", formatInstant(row.expires)}});
  }
  return shown;
}

Result<Page> peoplePage(ApiContext& context, AccountId after) {
  auto invitations = openInvitations(context);
  if (!invitations) return fail(std::move(invitations).error());
  const auto accounts = context.deps.read.accounts(after, kAccountsShown);
  if (!accounts) return fail(accounts.error());
  json::array rows;
  for (const Account& account : *accounts) {
    rows.push_back(json::object{
        {"name", account.name}, {"roles", rolesOf(account.roles)}, {"created", formatInstant(account.created)}});
  }
  const SignUp signUp = context.options.accounts.signUp;
  json::object model{{"title", "People"},
                     {"open", signUp == SignUp::kOpen},
                     {"byInvitation", signUp == SignUp::kInvitation},
                     {"closed", signUp == SignUp::kClosed},
                     {"openRoles", rolesOf(context.options.accounts.signUpRoles)},
                     {"isFirst", after == AccountId{}},
                     {"hasPages", after != AccountId{} || accounts->size() == kAccountsShown},
                     {"hasAccounts", !rows.empty()},
                     {"accounts", std::move(rows)},
                     {"hasInvitations", !invitations->empty()},
                     {"invitations", std::move(*invitations)}};
  if (accounts->size() == kAccountsShown) model["next"] = accounts->back().id.value;
  return model;
}

json::array roleChoices(const RoleSet& has) {
  constexpr std::pair<Role, const char*> kMay[] = {{Role::kVolunteer, "lend computers"},
                                                   {Role::kScientist, "submit batches"},
                                                   {Role::kOperator, "look after everybody's batches and hosts"},
                                                   {Role::kAdmin, "do everything, this page too"},
                                                   {Role::kAuditor, "read the audit"}};
  json::array choices;
  for (const auto& [role, may] : kMay)
    choices.push_back(json::object{{"role", name(role)}, {"may", may}, {"has", has.has(role)}});
  return choices;
}

/// "no bound" for 0.
std::string bound(std::uint64_t most, bool isBytes) {
  if (most == 0) return "no bound";
  return isBytes ? wire::formatByteCount(most) : std::to_string(most);
}

/// As a person types it: "1.5".
std::string gibibytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0));
  return text;
}

/// What the account may have at once, and has.
Result<json::object> quotaOf(ApiContext& context, AccountId account) {
  const auto quota = context.stored.quotaOf(account);
  if (!quota) return fail(quota.error());
  const auto own = context.deps.read.quota(account);
  if (!own) return fail(own.error());
  const auto bytes = context.deps.read.dataBytes(account);
  if (!bytes) return fail(bytes.error());
  const Quota& usual = context.options.quota;
  return json::object{{"attempts", std::to_string(quota->attempts)},
                      {"batches", std::to_string(quota->batches)},
                      {"gibibytes", gibibytes(quota->bytes)},
                      {"own", own->has_value()},
                      {"has", *bytes == 0 ? "Nothing is" : wire::formatByteCount(*bytes) + " are"},
                      {"usualAttempts", bound(usual.attempts, false)},
                      {"usualBatches", bound(usual.batches, false)},
                      {"usualBytes", bound(usual.bytes, true)}};
}

Result<json::array> groupsOf(ApiContext& context, AccountId account) {
  const auto groups = context.deps.read.groupsOf(account);
  if (!groups) return fail(groups.error());
  json::array rows;
  for (const Group& group : *groups) {
    rows.push_back(json::object{{"name", group.name},
                                {"isOwner", group.owner == account},
                                {"attempts", bound(group.quota.attempts, false)},
                                {"batches", bound(group.quota.batches, false)}});
  }
  return rows;
}

Result<Page> personPage(ApiContext& context, const Caller& caller, const std::string& name) {
  const auto account = context.deps.read.accountByName(name);
  if (!account) return fail(account.error());
  if (!*account) {
    return fail(ErrorCode::kNotFound, "There is no account '" + name.substr(0, 200) + "'.",
                "The page of people lists all.");
  }
  const AccountId id = (*account)->id;
  const auto factor = context.deps.read.secondFactor(id);
  if (!factor) return fail(factor.error());
  auto quota = quotaOf(context, id);
  if (!quota) return fail(std::move(quota).error());
  auto groups = groupsOf(context, id);
  if (!groups) return fail(std::move(groups).error());
  return json::object{{"title", (*account)->name},
                      {"name", (*account)->name},
                      {"created", formatInstant((*account)->created)},
                      {"isSelf", id == caller.account.id},
                      {"choices", roleChoices((*account)->roles)},
                      {"isVolunteer", (*account)->roles.has(Role::kVolunteer)},
                      {"twoStep", *factor && (*factor)->confirmed},
                      {"quota", std::move(*quota)},
                      {"hasGroups", !groups->empty()},
                      {"groups", std::move(*groups)}};
}

/// The list of people, or of `?name=` the person.
void showPeople(ApiContext& context, const Request& request, const Show& show) {
  const std::string_view name = request.queryValue("name");
  if (!name.empty()) return show(Page::redirectTo("/people/" + percentEncoded(name)));
  const auto after = queryNumber(request, "after", 0);
  if (!after) return show(fail(after.error()));
  show(peoplePage(context, AccountId{*after}));
}

}  // namespace

void addPeoplePages(Pages& pages, ApiContext& context) {
  pages.add(
      "/people", "people", Access::kAdmin,
      [&context](const Visitor&, const RequestPtr& request, const Show& show) { showPeople(context, *request, show); });
  pages.add("/people/{account}", "person", Access::kAdmin,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              show(personPage(context, *visitor.caller, request->captures.at(0)));
            });
}

}  // namespace hearth::server
