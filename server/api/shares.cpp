// SPDX-License-Identifier: GPL-3.0-or-later
// Links by which a batch is shown to whoever has them.
#include "server/api/shares.h"

#include <algorithm>
#include <utility>

#include "certs/secret.h"
#include "server/api/routes.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

constexpr std::string_view kSecretPrefix = "hshare_";
constexpr std::size_t kSharesPerBatch = 50;
constexpr std::size_t kSecretBytes = 200;
constexpr Duration kLife = Duration::days(30);
constexpr Duration kLongestLife = Duration::days(366);

void writeShare(wire::JsonWriter& json, const Share& share, Instant now) {
  json.beginObject().member("id", share.id).member("label", share.label).member("created", share.created);
  json.member("expires", share.expires).member("expired", share.expires <= now).endObject();
}

struct ShareAsked {
  std::string label;
  Duration life = kLife;
};
Result<ShareAsked> parseAsked(std::string_view body) {
  if (body.empty()) return ShareAsked{};
  return wire::readJson<ShareAsked>(body, [](wire::JsonReader& json, ShareAsked& asked) {
    json.refuseUnknown({"label", "ttlMs"});
    asked.label = json.textOr("label", "");
    asked.life = json.durationOr("ttlMs", kLife);
    if (!json.failed() && (asked.life > kLongestLife || asked.life <= Duration{}))
      json.refuse("ttlMs", "must be at least 1 and at most 366 days",
                  "Ask for a shorter life; a link can be made anew.");
  });
}

void create(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto asked = valueOr(parseAsked(request->body), respond);
  if (!asked) return;
  const auto shares = valueOr(context.deps.read.follow().shares(batch->batch), respond);
  if (!shares) return;
  if (shares->size() >= kSharesPerBatch) {
    return respondError(respond, {ErrorCode::kTooLarge,
                                  "This batch has " + std::to_string(kSharesPerBatch) + " links, which is the limit.",
                                  "Take one back first."});
  }
  const std::string secret = certs::newSecret(kSecretPrefix);
  const Instant now = context.now();
  const Share share{0, certs::secretHash(secret), batch->batch, asked->label, now, now + asked->life};
  commit(context, {FollowChange{ShareInsert{share}}}, {ErrorCode::kConflict, "The link is taken.", "Try again."},
         respond, [secret, share, respond] {
           wire::JsonWriter json;
           json.beginObject().member("token", secret).member("path", "/share/" + secret);
           Response response = jsonResponse(201, json.member("expires", share.expires).endObject().take());
           response.headers.emplace_back("cache-control", "no-store");
           respond(std::move(response));
         });
}

void list(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto shares = valueOr(context.deps.read.follow().shares(batch->batch), respond);
  if (!shares) return;
  wire::JsonWriter json;
  json.beginObject().key("shares").beginArray();
  for (const Share& share : *shares) writeShare(json, share, context.now());
  respond(jsonResponse(200, json.endArray().endObject().take()));
}

void remove(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto id = parseNumber(request->captures.at(1), "share").value_or(0);
  commit(context, {FollowChange{ShareDelete{batch->batch, id}}},
         {ErrorCode::kNotFound, "This batch has no such link.", "Its links are listed by GET …/shares."}, respond,
         [respond] {
           respond({204, {}, std::string{}});
         });
}

}  // namespace

Result<db::BatchRecord> sharedBatch(ApiContext& context, std::string_view token) {
  const auto unknown = [] {
    return fail(ErrorCode::kNotFound, "This link leads nowhere: it was taken back, or has expired.",
                "Ask whoever gave it to you for a new one.");
  };
  if (!token.starts_with(kSecretPrefix) || token.size() > kSecretBytes) return unknown();
  const auto share = context.deps.read.follow().share(certs::secretHash(token));
  if (!share) return fail(share.error());
  if (!*share || (*share)->expires <= context.now()) return unknown();
  auto batch = context.deps.read.batch((*share)->batch);
  if (!batch) return fail(std::move(batch).error());
  if (!*batch) return unknown();
  return std::move(**batch);
}

void addShareRoutes(Routes& routes, ApiContext& context) {
  const auto roles = {Role::kScientist, Role::kOperator, Role::kAdmin};
  const auto add = [&](Method method, std::string_view pattern, auto handler) {
    routes.person(method, pattern, roles,
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    handler(context, caller, request, respond);
                  });
  };
  add(Method::kPost, "/api/v1/batches/{batch}/shares", create);
  add(Method::kGet, "/api/v1/batches/{batch}/shares", list);
  add(Method::kDelete, "/api/v1/batches/{batch}/shares/{share}", remove);
  const auto shared = [&](std::string_view pattern, auto handler) {
    routes.anyone(Method::kGet, pattern, [&context, handler](const RequestPtr& request, const Respond& respond) {
      const auto batch = valueOr(sharedBatch(context, request->captures.at(0)), respond);
      if (batch) handler(context, *batch, request, respond);
    });
  };
  shared("/api/v1/shares/{token}",
         [](ApiContext& api, const db::BatchRecord& batch, const RequestPtr&, const Respond& respond) {
           respond(jsonResponse(200, wire::toJson(viewOf(api, batch))));
         });
  shared("/api/v1/shares/{token}/results", listResultsOf);
  shared("/api/v1/shares/{token}/results.zip", sendResults);
  shared("/api/v1/shares/{token}/tasks/{index}/blobs/{digest}", fetchBlobOf);
  shared("/api/v1/shares/{token}/tasks/{index}/pictures/{digest}", showPictureOf);
}

}  // namespace hearth::server
