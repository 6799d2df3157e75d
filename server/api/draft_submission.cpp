// SPDX-License-Identifier: GPL-3.0-or-later
// From a draft to a batch: what it may take, its first task alone, and all of it.
#include <algorithm>
#include <set>
#include <utility>

#include "core/explain.h"
#include "server/api/draft_bundle.h"
#include "server/api/draft_files.h"
#include "server/api/drafts.h"
#include "server/api/group_parts.h"
#include "server/api/problem_at.h"
#include "server/api/submission.h"
#include "wire/json_reader.h"
#include "wire/model_json.h"

namespace hearth::server {
namespace {

enum class Part { kAll, kTrial };

/// The signature that a submission's body may bring.
Result<PackageSignature> parseSignature(const std::string& body) {
  PackageSignature signature;
  if (body.empty()) return signature;
  auto document = wire::JsonDocument::parse(body);
  if (!document) return fail(std::move(document).error());
  document->root().objectIfAny("signature", [&](wire::JsonReader& json) { wire::readMembers(json, signature); });
  if (auto read = document->status(); !read) return fail(std::move(read).error());
  return signature;
}

Result<DraftBundle> bundleOfDraft(ApiContext& context, const Draft& draft) {
  auto files = context.draftFiles.of(draft.id);
  if (!files) return fail(std::move(files).error());
  return bundleOf(context, draft.manifest, **files);
}

Error firstProblem(const DraftBundle& bundle) {
  Error error = bundle.problems.front().error;
  const std::uint64_t line = bundle.problems.front().line;
  if (line > 0) error = std::move(error).within("line " + std::to_string(line));
  if (bundle.problems.size() > 1)
    error.message += " (and " + std::to_string(bundle.problems.size() - 1) + " more problems)";
  return error;
}

/// Notes what became of the draft. Its manifest is read again: it may have been changed meanwhile.
void noteBatch(ApiContext& context, const std::string& id, Part part, BatchId batch) {
  const bool taken = context.calls.post([&context, id, part, batch] {
    auto draft = context.deps.read.draft(id);
    if (!draft || !*draft) return;
    (part == Part::kTrial ? (*draft)->trial : (*draft)->batch) = batch;
    (*draft)->changed = context.now();
    context.deps.runtime.commit(db::Unit{{DraftPut{std::move(**draft)}}}, [](const auto&) {});
  });
  (void)taken;  // the batch is what counts; the draft's note of it is a convenience
}

void submitDraft(ApiContext& context, Part part, const Caller& caller, const RequestPtr& request,
                 const Respond& respond) {
  const auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  auto key = valueOr(idempotencyKey(*request), respond);
  if (!key) return;
  auto signature = valueOr(parseSignature(request->body), respond);
  if (!signature) return;
  auto bundle = valueOr(bundleOfDraft(context, *draft), respond);
  if (!bundle) return;
  if (!bundle->problems.empty())
    return respondError(at(bundle->problems.front().member, respond), firstProblem(*bundle));
  if (bundle->isOwnPackage && signature->signer.empty()) {
    return respondError(
        at("signature", respond),
        {ErrorCode::kInvalid, "The bundle carries a package of its own, which must be signed with your key.",
         "Sign it on the page, or submit it with `hearth submit`."});
  }
  auto spec = part == Part::kTrial ? trialOf(context, *bundle) : Result<BatchSpec>(std::move(bundle->spec));
  if (!spec) return respondError(respond, std::move(spec).error());
  if (bundle->isOwnPackage) spec->signature = std::move(*signature);
  submitBatch(context, caller, std::move(*spec), std::move(*key), respond,
              [&context, id = draft->id, part](BatchId batch) { noteBatch(context, id, part, batch); });
}

// The estimate

/// What the time of a task rests on.
struct Basis {
  const char* name = "guess";
  std::optional<Duration> taskTime;
};

std::string applicationOf(const BatchSpec& spec) {
  return spec.application.empty() ? spec.package.hex() : spec.application.substr(0, spec.application.find('@'));
}

/// The time that the dry run took, if it has come back well.
std::optional<Duration> trialTime(ApiContext& context, const Draft& draft) {
  if (!draft.trial) return std::nullopt;
  const auto results = context.deps.read.results(draft.trial, 0, 1);
  if (!results || results->empty()) return std::nullopt;
  const AttemptRecord& record = results->front().record;
  const Duration took = std::max(record.report.usage.processor, record.report.usage.wall);
  return took > Duration{} ? std::optional(took) : std::nullopt;
}

/// Bytes that hosts fetch: the package and what all tasks share once a host, what differs once a task.
struct Traffic {
  std::uint64_t shared = 0;
  std::uint64_t eachTask = 0;
};

Traffic trafficOf(ApiContext& context, const DraftBundle& bundle) {
  Traffic traffic;
  if (bundle.package) {
    for (const FileRef& file : bundle.package->files) traffic.shared += file.size;
  }
  const auto sizeOf = [&](const std::string& path) -> std::uint64_t {
    const auto& files = bundle.spec.files;
    const auto at = std::lower_bound(files.begin(), files.end(), path,
                                     [](const FileRef& file, const std::string& wanted) { return file.path < wanted; });
    return at != files.end() && at->path == path ? at->size : 0;
  };
  const auto first = expandTask(context, bundle, 0);
  const auto last = expandTask(context, bundle, bundle.tasks - 1);
  if (!first || !last) return traffic;
  for (std::size_t i = 0; i < first->inputs.size(); ++i) {
    const std::string& from = first->inputs[i].from;
    if (from == last->inputs[i].from) {
      traffic.shared += sizeOf(from);
    } else {
      traffic.eachTask += (sizeOf(from) + sizeOf(last->inputs[i].from)) / 2;
    }
  }
  return traffic;
}

void writeExplanation(wire::JsonWriter& json, const core::Explanation& found) {
  json.key("hosts").beginObject().member("all", found.hosts).member("matching", found.matching);
  json.member("idle", found.idle).key("excluded").beginArray();
  for (std::size_t i = 0; i < core::kNeeds; ++i) {
    const core::Explanation::Cause& cause = found.causes[i];
    if (cause.first == 0) continue;
    json.beginObject().member("need", core::needName(static_cast<core::Need>(i))).member("hosts", cause.first);
    json.member("alone", cause.alone).endObject();
  }
  json.endArray().endObject();
}

std::string estimateJson(const core::Workload& work, const Basis& basis, const Traffic& traffic,
                         const core::Forecast& told, const core::Explanation& found) {
  const std::uint64_t attempts = work.tasks * work.quorum;
  wire::JsonWriter json;
  json.beginObject().member("tasks", work.tasks).member("attempts", attempts);
  json.member("basis", basis.taskTime ? basis.name : told.learnt ? "application" : "guess");
  json.member("taskMs", told.taskTime).member("computingMs", told.computing);
  if (told.half) json.member("halfMs", *told.half);
  if (told.most) json.member("mostMs", *told.most);
  json.member("slots", told.slots);
  json.member("bytesToHosts", traffic.shared * std::min(std::max<std::uint64_t>(told.hosts, 1), attempts) +
                                  traffic.eachTask * attempts);
  json.key("price").null();  // volunteers give their time
  writeExplanation(json, found);
  return json.endObject().take();
}

/// POST /api/v1/drafts/{draft}/estimate
void estimate(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto draft = valueOr(draftOf(context, caller, *request), respond);
  if (!draft) return;
  const std::string_view body = request->body.empty() ? std::string_view("{}") : request->body;
  auto document = valueOr(wire::JsonDocument::parse(body), respond);
  if (!document) return;
  wire::JsonReader json = document->root();
  Basis basis;
  if (json.has("taskMs")) basis = {"person", json.duration("taskMs")};
  if (json.has("manifest")) draft->manifest = json.text("manifest", kDraftManifestBytes);
  if (auto read = document->status(); !read) return respondError(respond, read.error());
  auto bundle = valueOr(bundleOfDraft(context, *draft), respond);
  if (!bundle) return;
  if (bundle->tasks == 0 || !bundle->package) {
    return respondError(respond, bundle->problems.empty()
                                     ? Error{ErrorCode::kInvalid, "The bundle is not complete.", "Complete the form."}
                                     : firstProblem(*bundle));
  }
  const auto place = valueOr(placeOf(context, caller, bundle->spec.placement), at("where", respond));
  if (!place) return;
  BatchPlan plan{caller.account.id,         bundle->spec.name,   bundle->tasks,
                 bundle->spec.requirements, bundle->spec.policy, applicationOf(bundle->spec)};
  plan.where = bundle->spec.placement.where;
  plan.group = *place;
  if (const auto took = trialTime(context, *draft); took && !basis.taskTime) basis = {"trial", took};
  const core::Workload work{plan.requirements, plan.application, plan.tasks, plan.policy.quorum, basis.taskTime};
  context.deps.runtime.query([work, plan, basis, traffic = trafficOf(context, *bundle), respond,
                              now = context.now()](const core::Dispatcher& dispatcher) {
    core::Workload placed = work;
    placed.placed = &plan;
    respond(jsonResponse(200, estimateJson(placed, basis, traffic, core::forecast(dispatcher, placed, now),
                                           core::explain(dispatcher, plan, now))));
  });
}

PersonHandler onSubmissions(ApiContext& context,
                            std::function<void(const Caller&, const RequestPtr&, const Respond&)> work) {
  return [&context, work = std::move(work)](const Caller& caller, const RequestPtr& request, const Respond& respond) {
    runOn(context.submissions, respond, [work, caller, request, respond] { work(caller, request, respond); });
  };
}

}  // namespace

void addDraftSubmissionRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/estimate", {Role::kScientist},
                onSubmissions(context, [&context](const auto& caller, const auto& request, const auto& respond) {
                  estimate(context, caller, request, respond);
                }));
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/trial", {Role::kScientist},
                onSubmissions(context, [&context](const auto& caller, const auto& request, const auto& respond) {
                  submitDraft(context, Part::kTrial, caller, request, respond);
                }));
  routes.person(Method::kPost, "/api/v1/drafts/{draft}/submit", {Role::kScientist},
                onSubmissions(context, [&context](const auto& caller, const auto& request, const auto& respond) {
                  submitDraft(context, Part::kAll, caller, request, respond);
                }));
}

}  // namespace hearth::server
