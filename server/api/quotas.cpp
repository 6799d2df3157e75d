// SPDX-License-Identifier: GPL-3.0-or-later
// What an account may have at once, as admins set it.
#include <utility>

#include "server/api/group_parts.h"
#include "server/api/problem_at.h"

namespace hearth::server {
namespace {

/// The account that the path names, if the caller may look at its quota.
std::optional<Account> accountOf(ApiContext& context, const Caller& caller, const Request& request,
                                 const Respond& respond) {
  const std::string& name = request.captures.at(0);
  const auto account = valueOr(context.deps.read.accountByName(name), respond);
  if (!account) return std::nullopt;
  if (*account && ((*account)->id == caller.account.id || caller.has(Role::kAdmin))) return **account;
  respondError(at("account", respond),
               {ErrorCode::kNotFound,
                "There is no account '" + name.substr(0, 200) + "' whose quota '" + caller.account.name + "' may see.",
                "Admins may see everybody's."});
  return std::nullopt;
}

void show(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto account = accountOf(context, caller, *request, respond);
  if (!account) return;
  const auto quota = valueOr(context.stored.quotaOf(account->id), respond);
  if (!quota) return;
  const auto own = valueOr(context.deps.read.quota(account->id), respond);
  if (!own) return;
  const auto bytes = valueOr(context.deps.read.dataBytes(account->id), respond);
  if (!bytes) return;
  respond(jsonResponse(200, wire::toJson(wire::QuotaView{*quota, own->has_value(), *bytes})));
}

std::string describe(const Quota& quota) {
  return std::to_string(quota.attempts) + " attempts, " + std::to_string(quota.batches) + " batches, " +
         std::to_string(quota.bytes) + " bytes";
}

void set(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseQuotaRequest(request->body), respond);
  if (!asked) return;
  const auto account = accountOf(context, caller, *request, respond);
  if (!account) return;
  // On record before it is done, so that nothing is done without a record.
  commit(context, {auditOf(context, caller, "account.quota", "account " + account->name, describe(asked->quota))}, {},
         respond, [&context, id = account->id, asked = *asked, respond] {
           context.deps.runtime.post(core::SetQuota{id, asked.quota}, [asked, respond](ReplyBody reply) {
             if (!reply) return respondError(respond, std::move(reply).error());
             respond(jsonResponse(200, wire::toJson(asked)));
           });
         });
}

}  // namespace

void addQuotaRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kGet, "/api/v1/accounts/{account}/quota", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  show(context, caller, request, respond);
                });
  routes.person(Method::kPut, "/api/v1/accounts/{account}/quota", {Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  set(context, caller, request, respond);
                });
}

}  // namespace hearth::server
