// SPDX-License-Identifier: GPL-3.0-or-later
// What a manifest means together with a draft's files: for a form that is checked as it is filled in.
#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "server/api/draft_bundle.h"
#include "server/api/draft_files.h"
#include "server/api/drafts.h"
#include "server/api/examples.h"
#include "server/api/group_parts.h"
#include "wire/json_reader.h"
#include "wire/manifest.h"
#include "wire/manifest_form.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kFirstTasks = 3;

/// What a call about a manifest says: the draft, and the text, or the form with the text of before.
struct Asked {
  std::string draft;
  std::string manifest;
  std::uint64_t index = 0;
};

std::string textOf(const json::object& body, std::string_view key) {
  const json::value* value = body.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

Result<Asked> parseAsked(const std::string& body) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(json::string_view(body.data(), body.size()), failed);
  const json::object* object = parsed.if_object();
  if (failed || object == nullptr) {
    return fail(ErrorCode::kInvalid, "The body is no JSON object.",
                "Send {\"draft\": …, \"manifest\": …} or {\"draft\": …, \"form\": {…}, \"manifest\": …}.");
  }
  Asked asked{textOf(*object, "draft"), textOf(*object, "manifest"), 0};
  if (const json::value* index = object->if_contains("index")) {
    boost::system::error_code unfit;
    asked.index = index->to_number<std::uint64_t>(unfit);
    if (unfit) return fail(ErrorCode::kInvalid, "'index' must be a whole number from 0.", "Tasks are counted from 0.");
  }
  if (const json::value* form = object->if_contains("form"); form != nullptr && form->is_object()) {
    auto manifest = wire::manifestOfForm(json::serialize(*form), asked.manifest);
    if (!manifest) return fail(std::move(manifest).error());
    asked.manifest = std::move(*manifest);
  }
  if (asked.manifest.size() <= kDraftManifestBytes && isUtf8(asked.manifest)) return asked;
  return fail(ErrorCode::kTooLarge, "The manifest is larger than 4 MiB or not in UTF-8.",
              "Put long lists of values into a CSV file.");
}

/// The bundle that the call is about; without a draft it has no files.
Result<DraftBundle> bundleAsked(ApiContext& context, const Caller& caller, const Asked& asked) {
  if (asked.draft.empty()) return bundleOf(context, asked.manifest, {});
  auto draft = draftOf(context, caller, asked.draft);
  if (!draft) return fail(std::move(draft).error());
  auto files = context.draftFiles.of(draft->id);
  if (!files) return fail(std::move(files).error());
  return bundleOf(context, asked.manifest, **files);
}

void writeTask(wire::JsonWriter& out, const ExpandedTask& task) {
  out.beginObject().member("index", task.index).member("line", commandLine(task));
  out.key("command").beginArray();
  for (const std::string& word : task.command) out.value(word);
  out.endArray().key("parameters").beginObject();
  for (const auto& [name, value] : task.parameters) out.member(name, value);
  out.endObject().key("inputs").beginArray();
  for (const ExpandedTask::Input& input : task.inputs)
    out.beginObject().member("from", input.from).member("to", input.to).member("there", input.isThere).endObject();
  out.endArray().key("outputs").beginArray();
  for (const OutputRule& output : task.outputs)
    out.beginObject().member("path", output.path).member("optional", output.optional).endObject();
  out.endArray().key("environment").beginObject();
  for (const auto& [name, value] : task.environment) out.member(name, value);
  out.endObject().endObject();
}

const char* programOf(const DraftBundle& bundle) {
  if (bundle.isOwnPackage) return "own";
  return bundle.spec.application.empty() ? "none" : "application";
}

void writeProgram(wire::JsonWriter& out, const DraftBundle& bundle) {
  out.key("program").beginObject().member("kind", programOf(bundle));
  // The server does not sign: what is the scientist's own needs their key, whatever kind of program it is.
  out.member("needsSignature", bundle.isOwnPackage);
  if (bundle.isOwnPackage && bundle.spec.package != Digest{}) out.member("digest", bundle.spec.package);
  if (bundle.package) {
    out.member("name", bundle.package->name).member("version", bundle.package->version);
    out.member("platform", bundle.package->platform).member("runtime", runtimeName(bundle.package->runtime));
  }
  out.key("programs").beginArray();
  for (const std::string& name : bundle.programs) out.value(name);
  out.endArray().endObject();
}

/// POST /api/v1/manifests/check
void check(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(parseAsked(request->body), respond);
  if (!asked) return;
  auto bundle = valueOr(bundleAsked(context, caller, *asked), respond);
  if (!bundle) return;
  if (const auto place = placeOf(context, caller, bundle->spec.placement); !place)
    bundle->problems.push_back({wire::readManifest(asked->manifest).lineOf("where"), "where", place.error()});
  wire::JsonWriter out(4096 + 2 * asked->manifest.size());
  out.beginObject().member("manifest", asked->manifest);
  if (const auto form = wire::formOfManifest(asked->manifest)) out.key("form").raw(*form);
  out.key("problems").beginArray();
  for (const wire::ManifestProblem& problem : bundle->problems)
    writeProblem(out, problem.line, problem.member, problem.error);
  out.endArray().member("tasks", bundle->tasks);
  writeProgram(out, *bundle);
  out.key("parameters").beginArray();
  for (const std::string& name : parameterNames(bundle->spec.sweep)) out.value(name);
  out.endArray().key("first").beginArray();
  for (TaskIndex index = 0; index < std::min<std::uint64_t>(bundle->tasks, kFirstTasks); ++index) {
    if (const auto task = expandTask(context, *bundle, index)) writeTask(out, *task);
  }
  respond(jsonResponse(200, out.endArray().endObject().take()));
}

/// POST /api/v1/manifests/expand
void expand(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  auto asked = valueOr(parseAsked(request->body), respond);
  if (!asked) return;
  if (asked->manifest.empty() && !asked->draft.empty()) {
    auto draft = valueOr(draftOf(context, caller, asked->draft), respond);
    if (!draft) return;
    asked->manifest = std::move(draft->manifest);
  }
  const auto bundle = valueOr(bundleAsked(context, caller, *asked), respond);
  if (!bundle) return;
  const auto task = valueOr(expandTask(context, *bundle, asked->index), respond);
  if (!task) return;
  wire::JsonWriter out;
  out.beginObject().member("tasks", bundle->tasks).key("task");
  writeTask(out, *task);
  respond(jsonResponse(200, out.endObject().take()));
}

void examples(ApiContext& context, const Respond& respond) {
  wire::JsonWriter out;
  out.beginObject().key("examples").beginArray();
  for (const ExampleView& example : listExamples(context)) {
    out.beginObject().member("name", example.name).member("title", example.title).member("about", example.about);
    out.member("ready", example.isReady).endObject();
  }
  respond(jsonResponse(200, out.endArray().endObject().take()));
}

}  // namespace

void addManifestRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kPost, "/api/v1/manifests/check", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.forms, respond,
                        [&context, caller, request, respond] { check(context, caller, request, respond); });
                });
  routes.person(Method::kPost, "/api/v1/manifests/expand", {Role::kScientist},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  runOn(context.forms, respond,
                        [&context, caller, request, respond] { expand(context, caller, request, respond); });
                });
  routes.person(Method::kGet, "/api/v1/examples", {Role::kScientist},
                [&context](const Caller&, const RequestPtr&, const Respond& respond) {
                  runOn(context.forms, respond, [&context, respond] { examples(context, respond); });
                });
}

}  // namespace hearth::server
