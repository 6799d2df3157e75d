// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/batch_json.h"

#include <algorithm>

#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kColumns = 256;
constexpr std::size_t kEnvironment = 256;
constexpr std::size_t kInputRules = 10'000;

void writeAxis(JsonWriter& json, const Axis& axis) {
  json.beginObject();
  if (const auto* range = std::get_if<RangeAxis>(&axis)) {
    json.member("name", range->name)
        .member("first", range->first)
        .member("last", range->last)
        .member("step", range->step)
        .member("decimals", range->decimals);
  } else {
    const auto& list = std::get<ListAxis>(axis);
    json.member("name", list.name);
    writeArray(json, "values", list.values);
  }
  json.endObject();
}

Axis readAxis(JsonReader& json) {
  if (json.has("values")) {
    json.refuseUnknown({"name", "values"});
    std::string name = json.text("name");
    return ListAxis{std::move(name), json.texts("values", limits::kSweepListValues, limits::kArgumentBytes)};
  }
  json.refuseUnknown({"name", "first", "last", "step", "decimals", "values"});
  RangeAxis range;
  range.name = json.text("name");
  range.first = json.integer("first");
  range.last = json.integer("last");
  range.step = json.integerOr("step", 1);
  range.decimals = json.number32Or("decimals", 0);
  return range;
}

void writeSweep(JsonWriter& json, const Sweep& sweep) {
  json.key("sweep").beginObject();
  if (sweep.list) {
    json.key("list")
        .beginObject()
        .member("digest", sweep.list->digest)
        .member("size", sweep.list->size)
        .member("lines", sweep.list->lines);
    writeArray(json, "columns", sweep.list->columns);
    json.endObject();
  }
  if (!sweep.axes.empty()) {
    json.key("axes").beginArray();
    for (const Axis& axis : sweep.axes) writeAxis(json, axis);
    json.endArray();
  }
  json.endObject();
}

void readSweep(JsonReader& json, Sweep& sweep) {
  json.refuseUnknown({"axes", "list"});
  json.objects("axes", limits::kSweepAxes, [&](JsonReader& inner) { sweep.axes.push_back(readAxis(inner)); });
  json.objectIfAny("list", [&](JsonReader& inner) {
    inner.refuseUnknown({"digest", "size", "lines", "columns"});
    ListFile& list = sweep.list.emplace();
    list.digest = inner.digest("digest");
    list.size = inner.number("size", limits::kBlobBytes);
    list.lines = inner.number("lines", limits::kTasksPerBatch);
    list.columns = inner.texts("columns", kColumns);
  });
}

void writePolicy(JsonWriter& json, const BatchPolicy& policy) {
  json.key("policy")
      .beginObject()
      .member("quorum", policy.quorum)
      .member("retries", policy.retries)
      .member("deadlineMs", policy.deadline)
      .member("atOnce", policy.atOnce)
      .member("stopAfterFailures", policy.stopAfterFailures)
      .member("priority", policy.priority)
      .member("weight", policy.weight)
      .member("distinct", name(policy.distinct))
      .endObject();
}

void readPolicy(JsonReader& json, BatchPolicy& policy) {
  json.refuseUnknown(
      {"quorum", "retries", "deadlineMs", "atOnce", "stopAfterFailures", "priority", "weight", "distinct"});
  policy.quorum = json.number32Or("quorum", policy.quorum, limits::kQuorum);
  policy.retries = json.number32Or("retries", policy.retries, limits::kRetries);
  policy.deadline = json.durationOr("deadlineMs", policy.deadline);
  policy.atOnce = json.numberOr("atOnce", policy.atOnce);
  policy.stopAfterFailures = json.numberOr("stopAfterFailures", policy.stopAfterFailures);
  policy.priority = static_cast<std::int32_t>(json.integerOr("priority", policy.priority, INT32_MIN, INT32_MAX));
  policy.weight = json.number32Or("weight", policy.weight, limits::kWeight);
  policy.distinct = json.wordOr<Distinct>("distinct", policy.distinct, parseDistinct);
}

/// Members that DESIGN leaves room for. Refused by name, so that nobody believes they have an effect.
void refuseUnbuilt(JsonReader& json) {
  static constexpr const char* kHint = "Remove it; a later version of Hearth will have it.";
  for (const std::string_view member : {"after", "gang"}) {
    if (json.has(member)) json.refuse(member, "is not built yet", kHint, ErrorCode::kUnsupported);
  }
  if (json.has("network") && json.text("network") != "none") {
    json.refuse("network", "only \"none\" is built yet: a task has no network", kHint, ErrorCode::kUnsupported);
  }
}

void readRules(JsonReader& json, BatchSpec& spec) {
  json.objects("inputs", kInputRules, [&](JsonReader& inner) {
    inner.refuseUnknown({"from", "to"});
    InputRule& rule = spec.inputs.emplace_back();
    rule.from = inner.text("from", limits::kPathBytes);
    rule.to = inner.textOr("to", rule.from, limits::kPathBytes);
  });
  json.objects("outputs", limits::kOutputsPerTask, [&](JsonReader& inner) {
    inner.refuseUnknown({"path", "optional"});
    readMembers(inner, spec.outputs.emplace_back());
  });
}

void readSpec(JsonReader& json, BatchSpec& spec) {
  refuseUnbuilt(json);
  json.refuseUnknown({"name",           "application",   "package", "signature", "command",      "sweep",
                      "environment",    "standardInput", "files",   "inputs",    "outputs",      "requirements",
                      "standardOutput", "exitCodes",     "limits",  "policy",    "checkpointMs", "where",
                      "after",          "gang",          "network", "purpose"});
  spec.name = json.text("name");
  spec.purpose = json.textOr("purpose", "", kPurposeBytes);
  spec.application = json.textOr("application", "", 2 * limits::kNameBytes);
  spec.package = json.digestOr("package");
  json.objectIfAny("signature", [&](JsonReader& inner) { readMembers(inner, spec.signature); });
  spec.command = json.texts("command", limits::kArguments, limits::kArgumentBytes);
  spec.environment = json.pairs("environment", kEnvironment);
  spec.standardInput = json.textOr("standardInput", "", limits::kPathBytes);
  spec.standardOutput = json.textOr("standardOutput", "", limits::kPathBytes);
  readExitCodes(json, spec.exitCodes);
  std::sort(spec.exitCodes.begin(), spec.exitCodes.end());
  json.objectIfAny("sweep", [&](JsonReader& inner) { readSweep(inner, spec.sweep); });
  readArray(json, "files", limits::kFilesPerBundle, spec.files);
  readRules(json, spec);
  json.objectIfAny("requirements", [&](JsonReader& inner) {
    inner.refuseUnknown({"platform", "processors", "memoryBytes", "diskBytes", "sandbox", "runtime", "gpus", "gpuApi"});
    readMembers(inner, spec.requirements);
  });
  json.objectIfAny("limits", [&](JsonReader& inner) {
    inner.refuseUnknown({"timeMs", "processes", "outputBytes"});
    readMembers(inner, spec.limits);
  });
  json.objectIfAny("policy", [&](JsonReader& inner) { readPolicy(inner, spec.policy); });
  spec.checkpoint = json.durationOr("checkpointMs", {});
  if (json.has("where")) {
    auto placement = parsePlacement(json.text("where", 2 * limits::kNameBytes));
    if (!placement) json.refuse("where", std::move(placement).error());
    if (placement) spec.placement = std::move(*placement);
  }
  if (spec.command.empty() && spec.requirements.runtime != Runtime::kOci)
    json.refuse("command", "is missing", "Name a program of the package and its arguments.");
}

}  // namespace

std::string toJson(const BatchSpec& spec) {
  JsonWriter json(2048 + 160 * spec.files.size());
  json.beginObject().member("name", spec.name);
  if (!spec.purpose.empty()) json.member("purpose", spec.purpose);
  if (!spec.application.empty()) json.member("application", spec.application);
  if (spec.package != Digest{}) json.member("package", spec.package);
  if (!spec.signature.signer.empty()) {
    json.key("signature");
    writeValue(json, spec.signature);
  }
  writeArray(json, "command", spec.command);
  if (!spec.environment.empty()) writePairs(json, "environment", spec.environment);
  if (!spec.standardInput.empty()) json.member("standardInput", spec.standardInput);
  if (!spec.standardOutput.empty()) json.member("standardOutput", spec.standardOutput);
  writeArray(json, "exitCodes", spec.exitCodes);
  writeSweep(json, spec.sweep);
  writeArray(json, "files", spec.files);
  json.key("inputs").beginArray();
  for (const InputRule& rule : spec.inputs) {
    json.beginObject().member("from", rule.from).member("to", rule.to).endObject();
  }
  json.endArray();
  writeArray(json, "outputs", spec.outputs);
  json.key("requirements");
  writeValue(json, spec.requirements);
  json.key("limits");
  writeValue(json, spec.limits);
  writePolicy(json, spec.policy);
  if (spec.checkpoint > Duration{}) json.member("checkpointMs", spec.checkpoint);
  if (spec.placement != Placement{}) json.member("where", formatPlacement(spec.placement));
  return json.endObject().take();
}

Result<BatchSpec> parseBatchSpec(std::string_view text) {
  return readJson<BatchSpec>(text, [](JsonReader& json, BatchSpec& spec) {
    readSpec(json, spec);
    std::sort(spec.files.begin(), spec.files.end());
  });
}

}  // namespace hearth::wire
