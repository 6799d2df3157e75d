// SPDX-License-Identifier: GPL-3.0-or-later
// A batch while it runs, in more than its counts: why it runs as it does, what failed and how, how fast it goes, and
// what may be changed of it.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "server/api/batch_news.h"
#include "server/api/problem_at.h"
#include "server/api/routes.h"
#include "wire/batch_json.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::server {
namespace {

constexpr std::size_t kRequestBytes = 64 * limits::kKiB;
constexpr Duration kWhyFresh = Duration::seconds(2);
/// Tasks of one group that one call takes up again.
constexpr std::size_t kRetryAtMost = 20 * limits::kLoadRows;

std::string toJson(const Failures& failures, std::uint64_t failed) {
  wire::JsonWriter json;
  json.beginObject().member("failed", failed).member("counted", failures.counted).key("groups").beginArray();
  for (const FailureGroup& group : failures.groups) {
    json.beginObject();
    if (!group.id.empty()) {
      json.member("id", group.id).member("kind", group.kind).member("exitCode", group.exitCode);
      json.member("line", group.line).member("reason", group.reason);
    }
    json.member("tasks", group.tasks);
    if (!group.first.empty()) {
      json.key("first").beginArray();
      for (const TaskIndex index : group.first) json.value(index);
      json.endArray();
    }
    if (group.log != Digest{}) json.member("log", group.log);
    json.endObject();
  }
  return json.endArray().endObject().take();
}

std::string toJson(const ProgressPoints& points) {
  wire::JsonWriter json;
  json.beginObject().key("points").beginArray();
  for (const ProgressPoint& point : points) {
    json.beginObject().member("at", point.at).member("certified", point.certified).member("failed", point.failed);
    json.member("active", point.active).endObject();
  }
  return json.endArray().endObject().take();
}

std::string toJson(const Why& why) {
  wire::JsonWriter json;
  json.beginObject().key("sentences").beginArray();
  for (const std::string& sentence : why.sentences) json.value(sentence);
  json.endArray().member("active", why.standing.live).member("share", why.standing.share);
  json.member("accountsBefore", why.standing.accountsBefore).member("batchesBefore", why.standing.batchesBefore);
  json.key("hosts").beginObject().member("all", why.hosts.hosts).member("matching", why.hosts.matching);
  json.member("idle", why.hosts.idle).key("lacking").beginArray();
  for (std::size_t i = 0; i < core::kNeeds; ++i) {
    const auto& cause = why.hosts.causes[i];
    if (cause.first == 0 && cause.alone == 0) continue;
    json.beginObject().member("need", core::needName(static_cast<core::Need>(i)));
    json.member("hosts", cause.first).member("alone", cause.alone).endObject();
  }
  json.endArray().endObject();
  if (why.forecast.half) json.member("halfOfRest", why.at + *why.forecast.half);
  if (why.forecast.most) json.member("nineTenthsOfRest", why.at + *why.forecast.most);
  return json.endObject().take();
}

struct RetryAsked {
  std::string group;
  std::uint64_t memoryBytes = 0;
  Duration time;
};
Result<RetryAsked> parseRetry(std::string_view body) {
  if (body.empty()) return RetryAsked{};
  return wire::readJson<RetryAsked>(
      body,
      [](wire::JsonReader& json, RetryAsked& asked) {
        json.refuseUnknown({"group", "memoryBytes", "timeMs"});
        asked.group = json.textOr("group", "");
        asked.memoryBytes = json.numberOr("memoryBytes", 0);
        asked.time = json.durationOr("timeMs", Duration{});
      },
      kRequestBytes);
}

/// Does what operators do to batches of others only once it is on record.
void onRecord(ApiContext& context, const Caller& caller, const db::BatchRecord& batch, const std::string& verb,
              const std::string& detail, const Respond& respond, std::function<void()> act) {
  if (batch.plan.owner == caller.account.id) return act();
  commit(context, {auditOf(context, caller, "batch." + verb, "batch " + std::to_string(batch.batch.value), detail)}, {},
         respond, std::move(act));
}

/// Changes the submission by `edit` and tells the Dispatcher; then goes on. On a worker.
void revise(ApiContext& context, const db::BatchRecord& batch, const std::function<void(BatchSpec&)>& edit,
            const Respond& respond, std::function<void()> then) {
  const auto text = valueOr(context.deps.read.batchSpec(batch.batch), respond);
  if (!text) return;
  auto spec = valueOr(wire::parseBatchSpec(text->value_or("{}")), respond);
  if (!spec) return;
  edit(*spec);
  if (const auto good = wire::checkBatchSpec(*spec); !good) return respondError(respond, good.error());
  core::ReviseBatch event{batch.batch, spec->requirements, spec->policy.priority, wire::toJson(*spec)};
  context.deps.runtime.post(std::move(event),
                            [&context, id = batch.batch, respond, then = std::move(then)](ReplyBody reply) {
                              if (!reply) return respondError(respond, std::move(reply).error());
                              context.prepared.forget(id);
                              runOn(context.calls, respond, then);
                            });
}

void answerBatch(ApiContext& context, BatchId batch, const Respond& respond) {
  const auto record = valueOr(context.deps.read.batch(batch), respond);
  if (record && *record) respond(jsonResponse(200, wire::toJson(viewOf(context, **record))));
}

/// The batch once the Dispatcher has read its failed tasks and taken the first of them up, which is a matter of
/// milliseconds; what it is then in any case.
void answerRetried(ApiContext& context, const db::BatchRecord& before, const Respond& respond) {
  constexpr int kLooks = 40;
  for (int look = 0; look < kLooks; ++look) {
    const auto record = context.deps.read.batch(before.batch);
    if (!record || !*record || (*record)->progress.failed < before.progress.failed) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  answerBatch(context, before.batch, respond);
}

void postRetry(ApiContext& context, BatchId batch, std::vector<TaskIndex> only, const Respond& respond,
               std::function<void()> then) {
  context.deps.runtime.post(core::RetryFailed{batch, std::move(only)},
                            [&context, respond, then = std::move(then)](ReplyBody reply) {
                              if (!reply) return respondError(respond, std::move(reply).error());
                              runOn(context.scans, respond, then);
                            });
}

/// The tasks of one group, some at a time.
void retryGroup(ApiContext& context, const db::BatchRecord& batch, const std::string& group, TaskIndex from,
                std::size_t done, const Respond& respond) {
  auto members = valueOr(context.failures.members(batch.batch, group, from, limits::kLoadRows), respond);
  if (!members) return;
  if (members->tasks.empty() && done == 0) {
    return respondError(at("group", respond),
                        {ErrorCode::kNotFound, "No failed task of this batch is in the group '" + group + "'.",
                         "The groups are listed by GET /api/v1/batches/{batch}/failures."});
  }
  done += members->tasks.size();
  const TaskIndex next = done < kRetryAtMost ? members->next : 0;
  if (members->tasks.empty()) return answerRetried(context, batch, respond);
  postRetry(context, batch.batch, std::move(members->tasks), respond, [&context, batch, group, next, done, respond] {
    if (next == 0) return answerRetried(context, batch, respond);
    retryGroup(context, batch, group, next, done, respond);
  });
}

void retry(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  const auto asked = valueOr(parseRetry(request->body), respond);
  if (!asked) return;
  auto again = [&context, batch = *batch, group = asked->group, respond] {
    if (!group.empty()) return retryGroup(context, batch, group, 0, 0, respond);
    postRetry(context, batch.batch, {}, respond,
              [&context, batch, respond] { answerRetried(context, batch, respond); });
  };
  auto act = [&context, batch = *batch, asked = *asked, respond, again = std::move(again)] {
    runOn(context.scans, respond, [&context, batch, asked, respond, again] {
      if (asked.memoryBytes == 0 && asked.time == Duration{}) return again();
      const auto edit = [&](BatchSpec& spec) {
        if (asked.memoryBytes != 0) spec.requirements.memoryBytes = asked.memoryBytes;
        if (asked.time != Duration{}) spec.limits.time = asked.time;
      };
      const bool isOne = (asked.memoryBytes != 0) != (asked.time != Duration{});
      const std::string member = asked.memoryBytes != 0 ? "memoryBytes" : "timeMs";
      revise(context, batch, edit, isOne ? at(member, respond) : respond, again);
    });
  };
  onRecord(context, caller, *batch, "retry", request->body.substr(0, limits::kNameBytes), respond, std::move(act));
}

void setPriority(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  const auto asked = valueOr(wire::readJson<std::int64_t>(
                                 request->body,
                                 [](wire::JsonReader& json, std::int64_t& priority) {
                                   json.refuseUnknown({"priority"});
                                   priority = json.integer("priority", -1000, 1000);
                                 },
                                 kRequestBytes),
                             respond);
  if (!asked) return;
  const auto priority = static_cast<std::int32_t>(*asked);
  auto act = [&context, batch = *batch, priority, respond] {
    runOn(context.calls, respond, [&context, batch, priority, respond] {
      revise(
          context, batch, [priority](BatchSpec& spec) { spec.policy.priority = priority; }, respond,
          [&context, id = batch.batch, respond] { answerBatch(context, id, respond); });
    });
  };
  onRecord(context, caller, *batch, "priority", std::to_string(priority), respond, std::move(act));
}

void savePoints(ApiContext& context, BatchId batch) {
  const auto ended = [&context, batch](const std::optional<ProgressPoint>& last) {
    if (context.progress.ended(batch, last)) savePoints(context, batch);
  };
  const bool taken = context.calls.post([&context, batch, ended] {
    const auto points = pointsOf(context, batch);
    if (!points || points->empty()) return ended({});
    context.deps.runtime.commit(db::Unit{{FollowChange{BatchPointsPut{batch, toText(*points)}}}},
                                [ended, last = points->back()](const Result<db::Outcome>& outcome) {
                                  ended(outcome ? std::optional(last) : std::nullopt);
                                });
  });
  if (!taken) ended({});  // they are saved with the next
}

}  // namespace

void failuresOf(ApiContext& context, const db::BatchRecord& batch,
                std::function<void(Result<std::shared_ptr<const Failures>>)> done) {
  const bool taken = context.scans.post([&context, batch, done] { done(context.failures.of(batch, context.now())); });
  if (!taken) done(fail(ErrorCode::kUnavailable, "The server has too much to do.", "Try again in some seconds."));
}

Result<ProgressPoints> pointsOf(ApiContext& context, BatchId batch) {
  const ProgressPoints unsaved = context.progress.unsaved(batch);  // first: what is saved in between is in both
  auto kept = context.deps.read.follow().points(batch);
  if (!kept) return fail(std::move(kept).error());
  ProgressPoints points = pointsOf(*kept);
  for (const ProgressPoint& point : unsaved) {
    if (!points.empty() && points.back().at == point.at) points.pop_back();
    if (points.empty() || points.back().at < point.at) points.push_back(point);
  }
  return thinned(std::move(points));
}

void noteProgress(ApiContext& context, const core::BatchNotice& notice) {
  if (context.progress.notice(notice, context.now())) savePoints(context, notice.progress.batch);
}

void whyOf(ApiContext& context, const db::BatchRecord& batch, std::function<void(std::shared_ptr<const Why>)> done) {
  const Instant now = context.now();
  if (auto known = context.whys.find(batch.batch); known && now - (*known)->at < kWhyFresh &&
                                                   (*known)->state == batch.progress.state &&
                                                   (*known)->priority == batch.plan.policy.priority) {
    return done(*known);
  }
  context.deps.runtime.query([&context, batch, now, done = std::move(done)](const core::Dispatcher& dispatcher) {
    auto why = std::make_shared<const Why>(askWhy(dispatcher, batch, now));
    context.whys.put(batch.batch, why);
    done(std::move(why));
  });
}

void addBatchFollowRoutes(Routes& routes, ApiContext& context) {
  const auto roles = {Role::kScientist, Role::kOperator, Role::kAdmin};
  const auto add = [&](Method method, std::string_view pattern, auto handler) {
    routes.person(method, pattern, roles,
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    handler(context, caller, request, respond);
                  });
  };
  const auto show = [&](std::string_view pattern, BatchAccess access, auto answer) {
    add(Method::kGet, pattern,
        [access, answer](ApiContext& api, const Caller& caller, const RequestPtr& request, const Respond& respond) {
          const auto batch = valueOr(batchOf(api, caller, *request, access), respond);
          if (batch) answer(api, *batch, respond);
        });
  };
  show("/api/v1/batches/{batch}/failures", BatchAccess::kOwner,
       [](ApiContext& api, const db::BatchRecord& batch, const Respond& respond) {
         failuresOf(api, batch, [batch, respond](Result<std::shared_ptr<const Failures>> failures) {
           if (const auto shared = valueOr(std::move(failures), respond))
             respond(jsonResponse(200, toJson(**shared, batch.progress.failed)));
         });
       });
  show("/api/v1/batches/{batch}/progress", BatchAccess::kOwnerOrOperator,
       [](ApiContext& api, const db::BatchRecord& batch, const Respond& respond) {
         if (const auto points = valueOr(pointsOf(api, batch.batch), respond))
           respond(jsonResponse(200, toJson(*points)));
       });
  show("/api/v1/batches/{batch}/why", BatchAccess::kOwnerOrOperator,
       [](ApiContext& api, const db::BatchRecord& batch, const Respond& respond) {
         whyOf(api, batch, [respond](const std::shared_ptr<const Why>& why) {
           respond(jsonResponse(200, [why] { return toJson(*why); }));
         });
       });
  add(Method::kPost, "/api/v1/batches/{batch}/retry", retry);
  add(Method::kPost, "/api/v1/batches/{batch}/priority", setPriority);
}

}  // namespace hearth::server
