// SPDX-License-Identifier: GPL-3.0-or-later
// An account comes to its end: all by which the person is known goes.
#include <memory>
#include <utility>
#include <vector>

#include "certs/password.h"
#include "server/api/drafts.h"
#include "server/api/identity_parts.h"
#include "server/api/identity_routes.h"
#include "server/api/problem_at.h"
#include "server/api/session_cookie.h"
#include "wire/identity.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPage = 1000;

/// Batches that are not over are cancelled and hosts shut out: nobody would be there who could. Each takes effect in
/// the order in which it is posted, before the account goes.
bool endWhatItOwns(ApiContext& context, AccountId account, const Respond& respond) {
  const auto ignored = [](const ReplyBody&) {};
  for (BatchId before{};;) {
    const auto batches = valueOr(context.deps.read.batches(account, before, kPage), respond);
    if (!batches) return false;
    for (const db::BatchRecord& batch : *batches) {
      if (batch.progress.state < BatchState::kDone) context.deps.runtime.post(core::CancelBatch{batch.batch}, ignored);
    }
    if (batches->size() < kPage) break;
    before = batches->back().batch;
  }
  for (HostId after{};;) {
    const auto hosts = valueOr(context.deps.read.hosts(account, after, kPage), respond);
    if (!hosts) return false;
    for (const Host& host : *hosts) {
      if (!host.revoked) context.deps.runtime.post(core::RevokeHost{host.id}, ignored);
    }
    if (hosts->size() < kPage) return true;
    after = hosts->back().id;
  }
}

/// On a thread for passwords.
void erase(ApiContext& context, const Caller& caller, const wire::AccountEndRequest& asked, const Respond& respond) {
  const auto credential = valueOr(context.deps.read.credential(caller.account.id), respond);
  if (!credential) return;
  if (*credential && !certs::isPassword(asked.password, (*credential)->password)) {
    return respondError(at("password", respond),
                        {ErrorCode::kForbidden, "The password is not right.", "Type it again."});
  }
  attemptSucceeded(context, caller.account.name);
  const auto groups = valueOr(context.deps.read.groupsOf(caller.account.id), respond);
  if (!groups) return;
  for (const Group& group : *groups) {
    if (group.owner != caller.account.id) continue;
    return respondError(respond, {ErrorCode::kConflict, "You own the group '" + group.name + "', which others may use.",
                                  "Delete the group first."});
  }
  std::vector<Digest> gone;
  for (const TokenKind kind : {TokenKind::kToken, TokenKind::kSession}) {
    const auto rows = valueOr(context.deps.read.accessTokens(caller.account.id, kind, kPage), respond);
    if (!rows) return;
    for (const AccessToken& row : *rows) gone.push_back(row.secretHash);
  }
  if (!endWhatItOwns(context, caller.account.id, respond)) return;
  auto changes = valueOr(draftsGone(context, caller.account.id), respond);
  if (!changes) return;
  changes->push_back(AccountErase{caller.account.id});
  changes->push_back(auditOf(context, caller, "account.delete", "account " + std::to_string(caller.account.id.value)));
  commit(context, std::move(*changes), {ErrorCode::kConflict, "The account is gone already.", "Close this page."},
         respond, [&context, gone = std::move(gone), respond] {
           for (const Digest& token : gone) context.sessions.forget(token);
           respond({204, {noSessionCookie()}, std::string{}});
         });
}

void deleteAccount(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(wire::parseAccountEndRequest(request->body), respond);
  if (!asked || !mayAttempt(context, *request, caller.account.name, respond)) return;
  if (asked->name != caller.account.name) {
    return respondError(at("name", respond), {ErrorCode::kInvalid, "That is not the name of your account.",
                                              "Type the name of the account that is to be deleted."});
  }
  runOn(context.passwords, respond,
        [&context, caller, asked = *asked, respond] { erase(context, caller, asked, respond); });
}

}  // namespace

void addAccountEndRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPost, "/api/v1/me/delete", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  deleteAccount(context, caller, request, respond);
                });
}

}  // namespace hearth::server
