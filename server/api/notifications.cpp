// SPDX-License-Identifier: GPL-3.0-or-later
// Where an account is told that its batches are done, and how long results stay.
#include <utility>

#include "certs/secret.h"
#include "server/api/routes.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

constexpr std::size_t kAddressBytes = 1000;

std::string toJson(const ApiContext& context, const Contact& contact, const std::string& secret) {
  wire::JsonWriter json;
  json.beginObject().member("mail", contact.mail).member("webhook", contact.webhook);
  json.member("mailAvailable", !context.outbox.settings().mailServer.empty());
  if (!secret.empty()) json.member("secret", secret);
  return json.endObject().take();
}

void showContact(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto contact = valueOr(context.deps.read.follow().contact(caller.account.id), respond);
  if (contact) respond(jsonResponse(200, toJson(context, contact->value_or(Contact{}), {})));
}

/// Another address gets another secret, which is shown this once.
void putContact(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto known = valueOr(context.deps.read.follow().contact(caller.account.id), respond);
  if (!known) return;
  Contact contact = known->value_or(Contact{});
  const std::string before = contact.webhook;
  bool renew = false;
  const MessageSettings& settings = context.outbox.settings();
  const auto read = wire::readJson<bool>(request->body, [&](wire::JsonReader& json, bool&) {
    json.refuseUnknown({"mail", "webhook", "newSecret"});
    contact.mail = json.textOr("mail", contact.mail, kAddressBytes);
    contact.webhook = json.textOr("webhook", contact.webhook, kAddressBytes + 1);
    renew = json.flagOr("newSecret", false);
    if (json.failed()) return;
    if (!contact.mail.empty() && settings.mailServer.empty()) {
      json.refuse("mail", "cannot be used: this project sends no e-mail", "Use a webhook, or ask the project's admin.");
    }
    if (auto good = contact.mail.empty() ? Result<void>{} : checkMailAddress(contact.mail); !good)
      json.refuse("mail", good.error());
    if (auto good = contact.webhook.empty() ? Result<void>{} : checkWebhook(contact.webhook, settings.privateWebhooks);
        !good) {
      json.refuse("webhook", good.error());
    }
  });
  if (!read) return respondError(respond, read.error());
  contact.account = caller.account.id;
  std::string shown;
  if (!contact.webhook.empty() && (renew || contact.webhook != before)) {
    shown = contact.webhookSecret = certs::newSecret("hhook_");
  }
  commit(context, {FollowChange{ContactPut{contact}}}, {}, respond, [&context, contact, shown, respond] {
    Response response = jsonResponse(200, toJson(context, contact, shown));
    response.headers.emplace_back("cache-control", "no-store");
    respond(std::move(response));
  });
}

void listMessages(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto messages = valueOr(context.deps.read.follow().messages(batch->batch), respond);
  if (!messages) return;
  wire::JsonWriter json;
  json.beginObject().key("messages").beginArray();
  for (const Message& message : *messages) {
    json.beginObject().member("id", message.id).member("kind", message.kind == MessageKind::kMail ? "mail" : "webhook");
    json.member("event", message.event).member("to", message.to).member("tries", message.tries);
    json.member("nextTry", message.due).member("failure", message.failure).endObject();
  }
  respond(jsonResponse(200, json.endArray().endObject().take()));
}

std::string toJson(const Keeping& keeping) {
  wire::JsonWriter json;
  json.beginObject().member("removed", keeping.removed).member("chosen", keeping.chosen);
  if (keeping.until) json.member("until", *keeping.until);
  return json.endObject().take();
}

void showKeeping(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto keeping = valueOr(keepingOf(context, *batch), respond);
  if (keeping) respond(jsonResponse(200, toJson(*keeping)));
}

void setKeeping(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  const auto care = valueOr(context.deps.read.follow().care(batch->batch), respond);
  if (!care) return;
  const Instant end = batch->progress.ended == Instant{} ? context.now() : batch->progress.ended;
  const ApiOptions& options = context.options;
  const auto until = valueOr(
      wire::readJson<Instant>(request->body,
                              [&](wire::JsonReader& json, Instant& chosen) {
                                json.refuseUnknown({"until"});
                                chosen = json.instantOr("until");
                                if (json.failed() || chosen == Instant{}) return;
                                if (chosen <= context.now()) json.refuse("until", "has passed", "Name a later time.");
                                const Duration most = std::max(options.keepResults, options.keepResultsAtMost);
                                if (most > Duration{} && chosen > end + most) {
                                  json.refuse("until", "is later than this project keeps results",
                                              "Name a time at most " + std::to_string(most.micros / 86'400'000'000) +
                                                  " days after the end of the batch, and fetch them before.");
                                }
                              }),
      respond);
  if (!until) return;
  BatchCare kept = care->value_or(BatchCare{});
  if (kept.removed) {
    return respondError(respond, {ErrorCode::kConflict, "The results of this batch have been removed.",
                                  "Run the batch again to have them again."});
  }
  kept.batch = batch->batch;
  kept.keepUntil = *until;
  kept.warned = false;
  commit(context, {FollowChange{BatchCarePut{kept}}}, {}, respond, [&context, batch = *batch, respond] {
    runOn(context.calls, respond, [&context, batch, respond] {
      const auto keeping = valueOr(keepingOf(context, batch), respond);
      if (keeping) respond(jsonResponse(200, toJson(*keeping)));
    });
  });
}

}  // namespace

Result<Keeping> keepingOf(ApiContext& context, const db::BatchRecord& batch) {
  const auto care = context.deps.read.follow().care(batch.batch);
  if (!care) return fail(care.error());
  const BatchCare kept = care->value_or(BatchCare{});
  Keeping keeping;
  keeping.removed = kept.removed;
  keeping.chosen = kept.keepUntil != Instant{};
  if (keeping.chosen) {
    keeping.until = kept.keepUntil;
  } else if (context.options.keepResults > Duration{} && batch.progress.ended != Instant{}) {
    keeping.until = batch.progress.ended + context.options.keepResults;
  }
  return keeping;
}

void addNotificationRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kGet, "/api/v1/me/notifications", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  showContact(context, caller, respond);
                });
  routes.person(Method::kPost, "/api/v1/me/notifications", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  putContact(context, caller, request, respond);
                });
  const auto add = [&](Method method, std::string_view pattern, auto handler) {
    routes.person(method, pattern, {Role::kScientist, Role::kOperator, Role::kAdmin},
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    handler(context, caller, request, respond);
                  });
  };
  add(Method::kGet, "/api/v1/batches/{batch}/messages", listMessages);
  add(Method::kGet, "/api/v1/batches/{batch}/keep", showKeeping);
  add(Method::kPost, "/api/v1/batches/{batch}/keep", setKeeping);
}

}  // namespace hearth::server
