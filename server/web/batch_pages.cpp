// SPDX-License-Identifier: GPL-3.0-or-later
// The pages on which a scientist follows batches: all of them, one, and who else may see it.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/time_text.h"
#include "server/api/shares.h"
#include "server/web/batch_model.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kBatchesShown = 25;
constexpr std::array<BatchState, 5> kStates{BatchState::kOpen, BatchState::kRunning, BatchState::kPaused,
                                            BatchState::kDone, BatchState::kCancelled};

/// Runs on a worker, or says that the server is busy.
void onWorker(WorkerPool& pool, const Show& show, std::function<void()> work) {
  if (pool.post(std::move(work))) return;
  show(
      fail(ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Load the page again in a while."));
}

std::string queryText(std::string_view text) {
  std::string encoded;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const auto byte = static_cast<unsigned char>(c);
    encoded += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

void showBatches(ApiContext& context, const Visitor& visitor, const Request& request, const Show& show) {
  const auto before = queryNumber(request, "before", 0);
  if (!before) return show(fail(before.error()));
  const bool all = request.queryValue("all") == "1" && visitor.caller->isOperator();
  const std::string wantedState(request.queryValue("state"));
  db::BatchFilter filter{all ? AccountId{} : visitor.caller->account.id, {}, std::string(request.queryValue("name"))};
  if (!wantedState.empty()) {
    const auto state = parseBatchState(wantedState);
    if (!state) return show(fail(state.error()));
    filter.state = *state;
  }
  const auto rows = context.deps.read.follow().batches(filter, BatchId{*before}, kBatchesShown);
  if (!rows) return show(fail(rows.error()));
  json::array batches;
  for (const db::BatchRecord& row : *rows) batches.push_back(batchModel(viewOf(context, row)));
  json::array states;
  for (const BatchState state : kStates) {
    states.push_back(json::object{{"value", name(state)}, {"selected", wantedState == name(state)}});
  }
  json::object model{{"title", "Batches"},
                     {"none", batches.empty()},
                     {"batches", std::move(batches)},
                     {"states", std::move(states)},
                     {"wantedName", filter.name},
                     {"filtered", !filter.name.empty() || filter.state.has_value() || *before != 0},
                     {"all", all},
                     {"mayAll", visitor.caller->isOperator()}};
  if (rows->size() == kBatchesShown) {
    model["next"] = "?before=" + std::to_string(rows->back().batch.value) + "&state=" + wantedState +
                    "&name=" + queryText(filter.name) + (all ? "&all=1" : "");
  }
  show(std::move(model));
}

void addOwners(json::object& model, ApiContext& context, const db::BatchRecord& batch) {
  const BatchId id = batch.batch;
  json::array shares;
  if (const auto rows = context.deps.read.follow().shares(id)) {
    for (const Share& share : *rows) {
      shares.push_back(json::object{{"share", share.id},
                                    {"label", share.label.empty() ? "Link " + std::to_string(share.id) : share.label},
                                    {"expires", formatInstant(share.expires)},
                                    {"expired", share.expires <= context.now()}});
    }
  }
  model["hasShares"] = !shares.empty();
  model["shares"] = std::move(shares);
  if (const auto keeping = keepingOf(context, batch)) {
    model["removed"] = keeping->removed;
    if (keeping->until) {
      model["keptUntil"] = json::object{{"instant", formatInstant(*keeping->until)},
                                        {"soon", *keeping->until - Duration::days(7) <= context.now()}};
    }
  }
  if (const auto prepared = context.prepared.find(id)) {
    const BatchSpec& spec = (*prepared)->spec;
    model["memory"] = inBytes(spec.requirements.memoryBytes);
    model["memoryMiB"] = spec.requirements.memoryBytes >> 20;
    model["time"] = inWords(spec.limits.time);
    model["timeMinutes"] = spec.limits.time.micros / 60'000'000;
    std::string command;
    for (const std::string& word : spec.command) command += (command.empty() ? "" : " ") + word;
    model["command"] = command;
  }
  model["priority"] = batch.plan.policy.priority;
  model["address"] = context.deps.publicAddress;
}

/// Step by step: rows on a worker, the matcher's word on its own thread, then the failures on a worker.
void showBatch(ApiContext& context, const Visitor& visitor, const RequestPtr& request, const Show& show) {
  const auto batch = batchOf(context, *visitor.caller, *request, BatchAccess::kOwnerOrOperator);
  if (!batch) return show(fail(batch.error()));
  const auto from = queryNumber(*request, "from", 0);
  if (!from) return show(fail(from.error()));
  const bool owner = batch->plan.owner == visitor.caller->account.id;
  onWorker(context.calls, show, [&context, batch = *batch, owner, from = *from, show] {
    auto model = std::make_shared<json::object>(batchModel(viewOf(context, batch)));
    (*model)["title"] = batch.plan.name;
    (*model)["isOwner"] = owner;
    if (const auto points = pointsOf(context, batch.batch)) addProgress(*model, *points, context.now());
    if (owner) {
      addOwners(*model, context, batch);
      const std::string path = "/api/v1/batches/" + std::to_string(batch.batch.value);
      if (const auto added = addResults(*model, context, batch, from, path); !added) return show(fail(added.error()));
    }
    whyOf(context, batch, [&context, batch, owner, model, show](const std::shared_ptr<const Why>& why) {
      const bool failures = owner && batch.progress.failed > 0;
      // From here on this may be the Runtime's thread, which has other things to do.
      onWorker(failures ? context.scans : context.calls, show, [&context, batch, failures, model, why, show] {
        addWhy(*model, *why);
        if (failures) {
          if (const auto found = context.failures.of(batch, context.now())) addFailures(*model, **found);
        }
        show(std::move(*model));
      });
    });
  });
}

/// What a link shows: the counts, the plot and the results, and nothing that can be changed.
void showShared(ApiContext& context, const RequestPtr& request, const Show& show) {
  const std::string token = request->captures.at(0);
  const auto from = queryNumber(*request, "from", 0);
  if (!from) return show(fail(from.error()));
  onWorker(context.calls, show, [&context, token, from = *from, show] {
    const auto batch = sharedBatch(context, token);
    if (!batch) return show(fail(batch.error()));
    json::object model = batchModel(viewOf(context, *batch));
    model["title"] = batch->plan.name;
    const std::string path = "/api/v1/shares/" + token;
    model["path"] = path;
    model["zip"] = path + "/results.zip";
    if (const auto points = pointsOf(context, batch->batch)) addProgress(model, *points, context.now());
    if (const auto added = addResults(model, context, *batch, from, path); !added) return show(fail(added.error()));
    show(std::move(model));
  });
}

void showNotifications(ApiContext& context, const Visitor& visitor, const Show& show) {
  const auto contact = context.deps.read.follow().contact(visitor.caller->account.id);
  if (!contact) return show(fail(contact.error()));
  const Contact known = contact->value_or(Contact{});
  show(json::object{{"title", "Notifications"},
                    {"mail", known.mail},
                    {"webhook", known.webhook},
                    {"mailAvailable", !context.outbox.settings().mailServer.empty()}});
}

}  // namespace

void addBatchPages(Pages& pages, ApiContext& context) {
  pages.add("/batches", "batches", Access::kScientist,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showBatches(context, visitor, *request, show);
            });
  pages.add("/batches/{batch}", "batch", Access::kScientist,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showBatch(context, visitor, request, show);
            });
  pages.add(
      "/share/{token}", "share", Access::kAnyone,
      [&context](const Visitor&, const RequestPtr& request, const Show& show) { showShared(context, request, show); });
  pages.add("/account/notifications", "notifications", Access::kAccount,
            [&context](const Visitor& visitor, const RequestPtr&, const Show& show) {
              showNotifications(context, visitor, show);
            });
}

}  // namespace hearth::server
