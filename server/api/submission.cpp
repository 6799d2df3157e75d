// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/submission.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/suggest.h"
#include "server/api/group_parts.h"
#include "server/api/package_checks.h"
#include "server/api/problem_at.h"
#include "server/api/routes.h"
#include "server/blob/line_index.h"
#include "wire/batch_json.h"

namespace hearth::server {
namespace {

constexpr std::size_t kKeyBytes = 200;
constexpr Duration kUsualCheckpoint = Duration::minutes(1);

}  // namespace

void adoptRuntime(BatchSpec& spec, const Package& package) {
  spec.requirements.runtime = package.runtime;
  if (package.runtime != hearth::Runtime::kWasm) return;
  spec.requirements.platform = kAnyPlatform;
  if (spec.checkpoint == Duration{}) spec.checkpoint = kUsualCheckpoint;
}

Result<void> checkCommand(const BatchSpec& spec, const Package& package) {
  if (spec.requirements.platform != package.platform) {
    return fail(ErrorCode::kInvalid,
                "The package '" + package.name + "' is for " + package.platform + ", the batch asks for hosts of " +
                    spec.requirements.platform + ".",
                "State the package's platform in requirements.platform.");
  }
  if (package.runtime == hearth::Runtime::kOci) return {};  // its programs are in the image
  const std::string& program = spec.command.front();
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& [name, path] : package.programs) {
    if (name == program) return {};
    known.push_back(name);
    list += (list.empty() ? "" : ", ") + name;
  }
  return fail(ErrorCode::kInvalid,
              "The package '" + package.name + "' has no program '" + program + "'." + didYouMean(program, known),
              "Start the command with one of: " + list + ".");
}

Result<std::string> idempotencyKey(const Request& request) {
  const std::string_view key = request.header("idempotency-key");
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (key.size() <= kKeyBytes && printable) return std::string(key);
  return fail(ErrorCode::kInvalid,
              "The Idempotency-Key must have at most " + std::to_string(kKeyBytes) + " visible ASCII characters.",
              "A UUID is a good key.");
}

namespace {

/// One submission under way.
struct Submission {
  Caller caller;
  BatchSpec spec;
  std::string key;
  std::uint64_t tasks = 0;
  BatchKept kept;
  GroupId group = {};      ///< that the placement names
  std::string about = {};  ///< what is being checked, by its key in the manifest: what is wrong is wrong there
};
using Shared = std::shared_ptr<Submission>;

/// Fills in what the server decides for an application: its package and signature.
Result<void> resolveApplication(ApiContext& context, BatchSpec& spec) {
  if (spec.application.empty()) return {};
  const std::size_t at = spec.application.find('@');
  const std::string wanted = spec.application.substr(0, at);
  auto version = context.deps.read.appVersion(wanted, at == std::string::npos ? "" : spec.application.substr(at + 1));
  if (!version) return fail(std::move(version).error());
  if (!*version) {
    const auto all = context.deps.read.appVersions();
    std::vector<std::string_view> known;
    if (all)
      std::transform(all->begin(), all->end(), std::back_inserter(known),
                     [](const auto& one) { return std::string_view(one.name); });
    return fail(ErrorCode::kInvalid,
                "There is no application '" + spec.application + "' here." + didYouMean(wanted, known),
                "List the applications: GET /api/v1/applications, or hearth app list");
  }
  if (spec.package != Digest{} && spec.package != (*version)->package) {
    return fail(ErrorCode::kInvalid,
                "The application '" + spec.application + "' is the package " + (*version)->package.hex() +
                    ", the submission names another.",
                "Name the application or a package, not both.");
  }
  spec.package = (*version)->package;
  spec.signature = std::move((*version)->signature);
  return {};
}

Result<void> checkPackage(ApiContext& context, Submission& submission) {
  BatchSpec& spec = submission.spec;
  const AccountId owner = submission.caller.account.id;
  submission.about = "package";
  if (auto there = checkUsable(context, owner, spec.package, std::nullopt, "the package's manifest"); !there)
    return there;
  auto package = context.packages.find(spec.package);
  if (!package) return fail(std::move(package).error());
  HEARTH_TRY(checkPackageFiles(context, owner, **package));
  submission.about = "signature";
  HEARTH_TRY(checkSigner(context, spec.package, spec.signature, submission.caller.account.name));
  adoptRuntime(spec, (*package)->package);
  submission.about = spec.requirements.platform == (*package)->package.platform ? "command" : "requirements.platform";
  return checkCommand(spec, (*package)->package);
}

Result<void> checkFiles(ApiContext& context, const Submission& submission) {
  for (const FileRef& file : submission.spec.files) {
    HEARTH_TRY(checkUsable(context, submission.caller.account.id, file.digest, file.size,
                           "the bundle's file '" + file.path + "'"));
  }
  return {};
}

/// Every blob that the batch needs as long as it lives.
Result<std::vector<Digest>> blobsOf(ApiContext& context, const BatchSpec& spec) {
  auto package = context.packages.find(spec.package);
  if (!package) return fail(std::move(package).error());
  std::unordered_set<Digest> blobs = (*package)->digests;
  for (const FileRef& file : spec.files) blobs.insert(file.digest);
  if (spec.sweep.list) blobs.insert(spec.sweep.list->digest);
  std::vector<Digest> sorted(blobs.begin(), blobs.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// The answer for a batch that was there before under the same key.
void answerExisting(ApiContext& context, const Submission& submission, BatchId batch, const Respond& respond) {
  auto text = valueOr(context.deps.read.batchSpec(batch), respond);
  if (!text) return;
  auto record = valueOr(context.deps.read.batch(batch), respond);
  if (!record) return;
  auto before = valueOr(wire::parseBatchSpec(text->value_or("")), respond);
  if (!before) return;
  BatchSpec now = submission.spec;
  if (!now.application.empty()) {  // a newer version may have been published in between
    now.package = before->package;
    now.signature = before->signature;
  }
  if (now.sweep.list && before->sweep.list) now.sweep.list->lines = before->sweep.list->lines;
  if (!*record || now != *before) {
    return respondError(respond, {ErrorCode::kConflict,
                                  "The Idempotency-Key '" + submission.key + "' was used for another batch, number " +
                                      std::to_string(batch.value) + ".",
                                  "Use a new key for a new batch."});
  }
  if (submission.kept) submission.kept(batch);
  respond(jsonResponse(200, wire::toJson(viewOf(context, **record))));
}

void answerAccepted(ApiContext& context, const Submission& submission, const core::BatchAccepted& accepted,
                    const Respond& respond) {
  if (accepted.existed) return answerExisting(context, submission, accepted.batch, respond);
  if (submission.kept) submission.kept(accepted.batch);
  auto record = valueOr(context.deps.read.batch(accepted.batch), respond);
  if (!record) return;
  if (!*record) {
    return respondError(respond,
                        {ErrorCode::kIo, "The batch was kept, but cannot be read back.", "List your batches."});
  }
  Response response = jsonResponse(201, wire::toJson(viewOf(context, **record)));
  response.headers.emplace_back("location", "/api/v1/batches/" + std::to_string(accepted.batch.value));
  respond(std::move(response));
}

/// What a host's speed is learnt for: versions of an application run alike.
std::string speedKey(const BatchSpec& spec) {
  return spec.application.empty() ? spec.package.hex() : spec.application.substr(0, spec.application.find('@'));
}

void submit(ApiContext& context, const Shared& submission, const Respond& respond) {
  const BatchSpec& spec = submission->spec;
  auto blobs = valueOr(blobsOf(context, spec), respond);
  if (!blobs) return;
  BatchPlan plan{
      submission->caller.account.id, spec.name, submission->tasks, spec.requirements, spec.policy, speedKey(spec)};
  plan.where = spec.placement.where;
  plan.group = submission->group;
  core::SubmitBatch event{std::move(plan), wire::toJson(spec), submission->key, std::move(*blobs)};
  context.deps.runtime.post(std::move(event), [&context, submission, respond](ReplyBody reply) {
    if (!reply) return respondError(respond, std::move(reply).error());
    runOn(context.calls, respond, [&context, submission, accepted = std::get<core::BatchAccepted>(*reply), respond] {
      answerAccepted(context, *submission, accepted, respond);
    });
  });
}

/// Counts the lines of the list, which may take seconds for a large one.
Result<void> checkList(ApiContext& context, ListFile& list, std::uint64_t& tasks) {
  auto opened = context.deps.lines.open(list.digest);
  if (!opened) return fail(std::move(opened).error().within("the sweep's list"));
  if ((*opened)->columns() != list.columns) {
    return fail(ErrorCode::kInvalid, "The columns that the sweep names are not those of the list's first line.",
                "Submit again with a client that reads the list, or correct the names.");
  }
  if (list.lines != 0 && (*opened)->lines() != list.lines) {
    return fail(ErrorCode::kInvalid,
                "The list has " + std::to_string((*opened)->lines()) + " lines below its header, the sweep says " +
                    std::to_string(list.lines) + ".",
                "Submit again; the file may have changed in between.");
  }
  if ((*opened)->lines() > limits::kTasksPerBatch) {
    return fail(ErrorCode::kTooLarge,
                "The list has " + std::to_string((*opened)->lines()) + " lines; a batch may have " +
                    std::to_string(limits::kTasksPerBatch) + " tasks.",
                "Split it into several batches.");
  }
  list.lines = (*opened)->lines();
  tasks = list.lines;
  return {};
}

void submitList(ApiContext& context, const Shared& submission, const Respond& respond) {
  if (auto good = checkList(context, *submission->spec.sweep.list, submission->tasks); !good) {
    return respondError(at("sweep.list", respond), good.error());
  }
  submit(context, submission, respond);
}

/// All that is decided without scanning a list. Runs on the pool.
Result<void> check(ApiContext& context, Submission& submission) {
  BatchSpec& spec = submission.spec;
  submission.about = "application";
  HEARTH_TRY(resolveApplication(context, spec));
  if (auto problems = wire::problemsOf(spec); !problems.empty()) {
    submission.about = std::move(problems.front().member);
    return fail(std::move(problems.front().error));
  }
  const auto tasks = taskCount(spec.sweep);
  if (!tasks) return fail(tasks.error());
  submission.tasks = *tasks;
  submission.about = "where";
  const auto group = placeOf(context, submission.caller, spec.placement);
  if (!group) return fail(group.error());
  submission.group = *group;
  HEARTH_TRY(checkPackage(context, submission));
  submission.about = "files";
  HEARTH_TRY(checkFiles(context, submission));
  submission.about = "sweep.list";
  if (!spec.sweep.list) return {};
  return checkUsable(context, submission.caller.account.id, spec.sweep.list->digest, spec.sweep.list->size,
                     "the sweep's list");
}

void begin(ApiContext& context, const Shared& submission, const Respond& respond) {
  if (!submission->key.empty()) {
    const auto before = valueOr(context.deps.read.batchByKey(submission->caller.account.id, submission->key), respond);
    if (!before) return;
    if (*before) return answerExisting(context, *submission, **before, respond);
  }
  if (auto good = check(context, *submission); !good) return respondError(at(submission->about, respond), good.error());
  if (!submission->spec.sweep.list) return submit(context, submission, respond);
  runOn(context.lists, respond, [&context, submission, respond] { submitList(context, submission, respond); });
}

/// POST /api/v1/batches
void receive(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto key = valueOr(idempotencyKey(*request), respond);
  if (!key) return;
  auto spec = valueOr(wire::parseBatchSpec(request->body), respond);
  if (!spec) return;
  submitBatch(context, caller, std::move(*spec), std::move(*key), respond);
}

}  // namespace

void submitBatch(ApiContext& context, const Caller& caller, BatchSpec spec, std::string key, const Respond& respond,
                 BatchKept kept) {
  begin(context, std::make_shared<Submission>(Submission{caller, std::move(spec), std::move(key), 0, std::move(kept)}),
        respond);
}

void addSubmissionRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPost, "/api/v1/batches", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.submissions, respond,
                        [&context, caller, request, respond] { receive(context, caller, request, respond); });
                });
}

}  // namespace hearth::server
