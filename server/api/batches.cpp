// SPDX-License-Identifier: GPL-3.0-or-later
// Batches as their owners and operators see and steer them.
#include <utility>

#include "server/api/routes.h"

namespace hearth::server {
namespace {

void list(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto before = valueOr(queryNumber(*request, "before", 0), respond);
  if (!before) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  const bool all = request->queryValue("all") == "1";
  if (all && !caller.isOperator()) {
    return respondError(respond, {ErrorCode::kForbidden, "Only operators and admins may list everybody's batches.",
                                  "Leave out 'all' to list your own."});
  }
  db::BatchFilter filter{all ? AccountId{} : caller.account.id, {}, std::string(request->queryValue("name"))};
  if (const std::string_view wanted = request->queryValue("state"); !wanted.empty()) {
    filter.state = valueOr(parseBatchState(wanted), respond);
    if (!filter.state) return;
  }
  auto rows = valueOr(context.deps.read.follow().batches(filter, BatchId{*before}, *limit), respond);
  if (!rows) return;
  wire::BatchPage page;
  for (const db::BatchRecord& row : *rows) page.batches.push_back(viewOf(context, row));
  if (rows->size() == *limit) page.next = rows->back().batch.value;
  respond(jsonResponse(200, wire::toJson(page)));
}

void show(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (batch) respond(jsonResponse(200, wire::toJson(viewOf(context, *batch))));
}

void showSpec(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (!batch) return;
  auto spec = valueOr(context.deps.read.batchSpec(batch->batch), respond);
  if (spec) respond(jsonResponse(200, std::move(*spec).value_or("{}")));
}

void answerFresh(ApiContext& context, BatchId batch, const Respond& respond) {
  const auto record = valueOr(context.deps.read.batch(batch), respond);
  if (!record) return;
  if (!*record) return respondError(respond, {ErrorCode::kNotFound, "The batch is gone.", "List your batches."});
  respond(jsonResponse(200, wire::toJson(viewOf(context, **record))));
}

using MakeEvent = std::function<decltype(core::Event::what)(BatchId, const Caller&)>;

/// Steers a batch. What operators do to batches of others is put on record before it is done, so that nothing is done
/// without a record.
void steer(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond,
           const std::string& verb, const MakeEvent& makeEvent) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  auto act = [&context, batch = batch->batch, event = makeEvent(batch->batch, caller), respond] {
    context.deps.runtime.post(event, [&context, batch, respond](ReplyBody reply) {
      if (!reply) return respondError(respond, std::move(reply).error());
      runOn(context.calls, respond, [&context, batch, respond] { answerFresh(context, batch, respond); });
    });
  };
  if (batch->plan.owner == caller.account.id) return act();
  commit(context, {auditOf(context, caller, "batch." + verb, "batch " + std::to_string(batch->batch.value))}, {},
         respond, std::move(act));
}

void watch(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  if (auto admitted = context.events.admit(caller.account.id); !admitted)
    return respondError(respond, admitted.error());
  Response response{200, {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}}, std::string{}};
  response.body =
      EventSource([&context, id = batch->batch, account = caller.account.id](std::shared_ptr<EventStream> stream) {
        context.events.watch(account, id, std::move(stream), [&context, id]() -> Result<wire::BatchView> {
          auto record = context.deps.read.batch(id);
          if (!record) return fail(std::move(record).error());
          if (!*record) return fail(ErrorCode::kNotFound, "The batch is gone.");
          return viewOf(context, **record);
        });
      });
  respond(std::move(response));
}

}  // namespace

void addBatchRoutes(Routes& routes, ApiContext& context) {
  const auto roles = {Role::kScientist, Role::kOperator, Role::kAdmin};
  const auto add = [&](Method method, std::string_view pattern, auto handler) {
    routes.person(method, pattern, roles,
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    handler(context, caller, request, respond);
                  });
  };
  const auto addVerb = [&](const std::string& verb, const MakeEvent& makeEvent) {
    add(Method::kPost, "/api/v1/batches/{batch}/" + verb,
        [verb, makeEvent](ApiContext& api, const Caller& caller, const RequestPtr& request, const Respond& respond) {
          steer(api, caller, request, respond, verb, makeEvent);
        });
  };
  add(Method::kGet, "/api/v1/batches", list);
  add(Method::kGet, "/api/v1/batches/{batch}", show);
  add(Method::kGet, "/api/v1/batches/{batch}/spec", showSpec);
  add(Method::kGet, "/api/v1/batches/{batch}/events", watch);
  addVerb("cancel", [](BatchId batch, const Caller&) { return core::CancelBatch{batch}; });
  addVerb("pause", [](BatchId batch, const Caller& caller) {
    return core::PauseBatch{batch, "paused by '" + caller.account.name + "'"};
  });
  addVerb("resume", [](BatchId batch, const Caller&) { return core::ResumeBatch{batch}; });
}

}  // namespace hearth::server
