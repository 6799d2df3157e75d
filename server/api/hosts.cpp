// SPDX-License-Identifier: GPL-3.0-or-later
// Volunteers' machines: joining, listing, revoking.
#include <utility>

#include "certs/join_link.h"
#include "certs/secret.h"
#include "certs/signing.h"
#include "server/api/group_parts.h"
#include "server/api/problem_at.h"

namespace hearth::server {
namespace {

constexpr std::uint32_t kJoinUses = 10'000;
constexpr Duration kJoinTokenLife = Duration::days(366);

/// Whose hosts a listing shows: an account, or nobody in particular for all.
Result<AccountId> ownerToList(ApiContext& context, const Caller& caller, std::string_view name) {
  if (name.empty()) return caller.isOperator() ? AccountId{} : caller.account.id;
  if (name == caller.account.name) return caller.account.id;
  if (!caller.isOperator()) {
    return fail(ErrorCode::kForbidden, "Only operators may list the hosts of others.",
                "Leave out 'account' to list your own.");
  }
  auto account = context.deps.read.accountByName(name);
  if (!account) return fail(std::move(account).error());
  if (*account) return (*account)->id;
  return fail(ErrorCode::kNotFound, "There is no account '" + std::string(name.substr(0, 200)) + "'.",
              "List the accounts: GET /api/v1/accounts, or hearth account list");
}

void list(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto owner = valueOr(ownerToList(context, caller, request->queryValue("account")), respond);
  if (!owner) return;
  const auto after = valueOr(queryNumber(*request, "after", 0), respond);
  if (!after) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  const auto rows = valueOr(context.deps.read.hosts(*owner, HostId{*after}, *limit), respond);
  if (!rows) return;
  wire::HostPage page;
  for (const Host& row : *rows) page.hosts.push_back(viewOfHost(context, row));
  if (rows->size() == *limit) page.next = rows->back().id.value;
  respond(jsonResponse(200, wire::toJson(page)));
}

/// The host, if the caller may see it; to others it does not exist.
Result<Host> hostOf(ApiContext& context, const Caller& caller, HostId id) {
  auto rows = context.deps.read.hosts(caller.isOperator() ? AccountId{} : caller.account.id, HostId{id.value - 1}, 1);
  if (!rows) return fail(std::move(rows).error());
  if (!rows->empty() && rows->front().id == id) return std::move(rows->front());
  return fail(ErrorCode::kNotFound,
              "There is no host " + std::to_string(id.value) + " that '" + caller.account.name + "' may see.",
              "List your hosts: GET /api/v1/hosts, or hearth hosts");
}

void revoke(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto id = valueOr(captureId<HostId>(*request, 0, "host"), respond);
  if (!id) return;
  if (!valueOr(hostOf(context, caller, *id), respond)) return;
  // On record before it is done, so that nothing is done without a record.
  commit(context, {auditOf(context, caller, "host.revoke", "host " + std::to_string(id->value))}, {}, respond,
         [&context, caller, id = *id, respond] {
           context.deps.runtime.post(core::RevokeHost{id}, [&context, caller, id, respond](ReplyBody reply) {
             if (!reply) return respondError(respond, std::move(reply).error());
             runOn(context.calls, respond, [&context, caller, id, respond] {
               if (const auto host = valueOr(hostOf(context, caller, id), respond)) {
                 respond(jsonResponse(200, wire::toJson(viewOfHost(context, *host))));
               }
             });
           });
         });
}

/// The account whose hosts the token's will be.
Result<AccountId> accountToJoin(ApiContext& context, const Caller& caller, const std::string& name) {
  if (name.empty() || name == caller.account.name) return caller.account.id;
  return ownerToList(context, caller, name);
}

Result<certs::JoinLink> joinLink(ApiContext& context, std::string token) {
  auto root = certs::keyFingerprint(context.deps.rootKey);
  if (!root) return fail(std::move(root).error());
  return certs::JoinLink{context.deps.publicAddress, std::move(token), context.deps.authority.certificateFingerprint(),
                         *root};
}

void createJoinToken(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseJoinTokenRequest(request->body), respond);
  if (!asked) return;
  const Duration life = asked->ttl.value_or(context.options.joinTokenLife);
  if (asked->uses > kJoinUses || life > kJoinTokenLife) {
    return respondError(
        at(asked->uses > kJoinUses ? "uses" : "ttlMs", respond),
        {ErrorCode::kTooLarge, "A join token is good for " + std::to_string(kJoinUses) + " hosts and 366 days at most.",
         "Ask for fewer uses or a shorter life."});
  }
  const auto account = valueOr(accountToJoin(context, caller, asked->account), at("account", respond));
  if (!account) return;
  auto link = valueOr(joinLink(context, certs::newSecret("hjoin_")), respond);
  if (!link) return;
  JoinToken token{certs::secretHash(link->token), *account, asked->uses, context.now() + life};
  if (!asked->group.empty()) {
    const auto group = valueOr(groupOf(context, caller, asked->group, GroupAccess::kMember), respond);
    if (!group) return;
    token.group = group->id;
  }
  auto create = [&context, token, link = std::move(*link), respond] {
    context.deps.runtime.post(core::CreateJoinToken{token}, [token, link, respond](ReplyBody reply) {
      if (!reply) return respondError(respond, std::move(reply).error());
      Response response =
          jsonResponse(201, wire::toJson(wire::JoinTokenView{link.token, certs::formatJoinLink(link), token.expires}));
      response.headers.emplace_back("cache-control", "no-store");
      respond(std::move(response));
    });
  };
  if (*account == caller.account.id) return create();
  commit(context,
         {auditOf(context, caller, "join-token.create", "account " + std::to_string(account->value),
                  std::to_string(token.usesLeft) + " uses")},
         {}, respond, std::move(create));
}

}  // namespace

wire::HostView viewOfHost(ApiContext& context, const Host& host) {
  return {host.id, accountName(context, host.account), host.description, host.enrolled, host.revoked, host.group};
}

void addHostRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kGet, "/api/v1/hosts", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  list(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/hosts/{host}/revoke", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  revoke(context, caller, request, respond);
                });
  routes.person(Method::kPost, "/api/v1/join-tokens", {Role::kVolunteer, Role::kOperator, Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  createJoinToken(context, caller, request, respond);
                });
}

}  // namespace hearth::server
