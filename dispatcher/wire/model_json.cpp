// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/model_json.h"

#include <algorithm>
#include <array>

#include "model/names.h"
#include "model/template.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kApprovals = 16;
constexpr std::size_t kRoles = 16;
constexpr std::size_t kNamesOfAKind = 16;  // runtimes or APIs

constexpr names::Table<KeyApproval::Role, 2> kApprovalRoles{
    {{KeyApproval::Role::kRelease, "release"}, {KeyApproval::Role::kAccount, "account"}}};

/// A blob that is empty is none: it is left out.
void writeStream(JsonWriter& json, std::string_view member, const Digest& digest) {
  if (digest != Digest{}) json.member(member, digest);
}

}  // namespace

std::string_view clipped(std::string_view text, std::size_t mostBytes) {
  if (text.size() <= mostBytes) return text;
  std::size_t end = mostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

void writeValue(JsonWriter& json, const Gpu& gpu) {
  json.beginObject().member("name", clipped(gpu.name, limits::kNameBytes)).member("memoryBytes", gpu.memoryBytes);
  json.key("apis").beginArray();
  for (const DeviceApi api : gpu.apis) json.value(deviceApiName(api));
  json.endArray().endObject();
}

void readMembers(JsonReader& json, Gpu& gpu) {
  gpu.name = json.text("name");
  gpu.memoryBytes = json.numberOr("memoryBytes", 0);
  for (const std::string& word : json.texts("apis", kNamesOfAKind, limits::kNameBytes)) {
    if (const auto api = parseDeviceApi(word)) gpu.apis.push_back(*api);
  }
}

void writeMembers(JsonWriter& json, const HostDescription& description) {
  json.member("name", clipped(description.name, limits::kNameBytes))
      .member("platform", clipped(description.platform, limits::kNameBytes))
      .member("processor", clipped(description.processor, limits::kNameBytes))
      .member("agent", clipped(description.agent, limits::kNameBytes))
      .member("processors", description.processors)
      .member("memoryBytes", description.memoryBytes)
      .member("diskBytes", description.diskBytes)
      .member("sandbox", sandboxTierName(description.sandbox));
  if (description.speed != 0) json.member("speed", description.speed);
  if (description.runtimes != HostDescription{}.runtimes) {
    json.key("runtimes").beginArray();
    for (const Runtime runtime : kRuntimes) {
      if (description.runtimes.has(runtime)) json.value(runtimeName(runtime));
    }
    json.endArray();
  }
  if (!description.gpus.empty()) writeArray(json, "gpus", description.gpus);
}

void readMembers(JsonReader& json, HostDescription& description) {
  description.name = json.text("name");
  description.platform = json.text("platform");
  description.processor = json.textOr("processor", "");
  description.agent = json.textOr("agent", "");
  description.processors = json.number32("processors");
  description.memoryBytes = json.number("memoryBytes");
  description.diskBytes = json.number("diskBytes");
  description.sandbox = json.word<SandboxTier>("sandbox", parseSandboxTier);
  description.speed = json.number32Or("speed", 0);
  if (json.has("runtimes")) description.runtimes = {};
  // A runtime or API that this build does not know is one that it cannot use: the other side may be newer.
  for (const std::string& word : json.texts("runtimes", kNamesOfAKind, limits::kNameBytes)) {
    if (const auto runtime = parseRuntime(word)) description.runtimes.add(*runtime);
  }
  readArray(json, "gpus", limits::kGpus, description.gpus);
}

void writeMembers(JsonWriter& json, const ResultReport& report) {
  json.member("exit", name(report.exit)).member("exitCode", report.exitCode);
  if (!report.reason.empty()) json.member("reason", clipped(report.reason, kReasonBytes));
  json.key("usage")
      .beginObject()
      .member("wallMs", report.usage.wall)
      .member("processorMs", report.usage.processor)
      .member("memoryPeakBytes", report.usage.memoryPeakBytes)
      .endObject();
  writeArray(json, "outputs", report.outputs);
  writeStream(json, "standardOutput", report.standardOutput);
  writeStream(json, "standardError", report.standardError);
}

void readMembers(JsonReader& json, ResultReport& report) {
  report.exit = json.word<ExitKind>("exit", parseExitKind);
  report.exitCode = static_cast<std::int32_t>(json.integerOr("exitCode", 0, INT32_MIN, INT32_MAX));
  report.reason = json.textOr("reason", "", kReadReasonBytes);
  json.objectIfAny("usage", [&](JsonReader& usage) {
    report.usage.wall = usage.durationOr("wallMs", {});
    report.usage.processor = usage.durationOr("processorMs", {});
    report.usage.memoryPeakBytes = usage.numberOr("memoryPeakBytes", 0);
  });
  readArray(json, "outputs", limits::kOutputsPerTask, report.outputs);
  const auto disorder = std::adjacent_find(report.outputs.begin(), report.outputs.end(),
                                           [](const auto& a, const auto& b) { return a.path >= b.path; });
  if (disorder != report.outputs.end()) json.refuse("outputs", "must be sorted by path, each path once");
  report.standardOutput = json.digestOr("standardOutput");
  report.standardError = json.digestOr("standardError");
}

void writeValue(JsonWriter& json, const FileRef& file) {
  json.beginObject().member("path", file.path).member("digest", file.digest).member("size", file.size);
  if (file.executable) json.member("executable", true);
  json.endObject();
}

void readMembers(JsonReader& json, FileRef& file) {
  file.path = readPath(json, "path");
  file.digest = json.digest("digest");
  file.size = json.number("size", limits::kBlobBytes);
  file.executable = json.flagOr("executable", false);
}

void writeValue(JsonWriter& json, const PackageSignature& signature) {
  json.beginObject().member("signer", signature.signer).member("signature", signature.signature);
  writeArray(json, "approvals", signature.approvals);
  json.endObject();
}

void readMembers(JsonReader& json, PackageSignature& signature) {
  signature.signer = readHex(json, "signer", kKeyBytes);
  signature.signature = readHex(json, "signature", kSignatureBytes);
  readArray(json, "approvals", kApprovals, signature.approvals);
}

void writeValue(JsonWriter& json, const KeyApproval& approval) {
  json.beginObject().member("role", names::of(kApprovalRoles, approval.role)).member("key", approval.key);
  if (!approval.account.empty()) json.member("account", approval.account);
  json.member("expires", approval.expires)
      .member("signer", approval.signer)
      .member("signature", approval.signature)
      .endObject();
}

void readMembers(JsonReader& json, KeyApproval& approval) {
  approval.role = json.word<KeyApproval::Role>(
      "role", [](std::string_view text) { return names::parse(kApprovalRoles, text, "role of a key"); });
  approval.key = readHex(json, "key", kKeyBytes);
  approval.account = json.textOr("account", "");
  approval.expires = json.instant("expires");
  approval.signer = readHex(json, "signer", kKeyBytes);
  approval.signature = readHex(json, "signature", kSignatureBytes);
}

void writeValue(JsonWriter& json, const Requirements& requirements) {
  json.beginObject()
      .member("platform", requirements.platform)
      .member("processors", requirements.processors)
      .member("memoryBytes", requirements.memoryBytes)
      .member("diskBytes", requirements.diskBytes)
      .member("sandbox", sandboxTierName(requirements.sandbox));
  if (requirements.runtime != Runtime::kNative) json.member("runtime", runtimeName(requirements.runtime));
  if (requirements.gpus != 0) json.member("gpus", requirements.gpus);
  if (requirements.gpuApi != DeviceApi::kAny) json.member("gpuApi", deviceApiName(requirements.gpuApi));
  json.endObject();
}

void readMembers(JsonReader& json, Requirements& requirements) {
  requirements.platform = json.textOr("platform", requirements.platform);
  requirements.processors = json.number32Or("processors", requirements.processors);
  requirements.memoryBytes = json.numberOr("memoryBytes", requirements.memoryBytes);
  requirements.diskBytes = json.numberOr("diskBytes", requirements.diskBytes);
  requirements.sandbox = json.wordOr("sandbox", requirements.sandbox, parseSandboxTier);
  requirements.runtime = json.wordOr("runtime", requirements.runtime, parseRuntime);
  requirements.gpus = json.number32Or("gpus", 0, limits::kGpus);
  requirements.gpuApi = json.wordOr("gpuApi", requirements.gpuApi, parseDeviceApi);
}

void writeValue(JsonWriter& json, const TaskLimits& taskLimits) {
  json.beginObject()
      .member("timeMs", taskLimits.time)
      .member("processes", taskLimits.processes)
      .member("outputBytes", taskLimits.outputBytes)
      .endObject();
}

void readMembers(JsonReader& json, TaskLimits& taskLimits) {
  taskLimits.time = json.durationOr("timeMs", taskLimits.time);
  taskLimits.processes = json.number32Or("processes", taskLimits.processes);
  taskLimits.outputBytes = json.numberOr("outputBytes", taskLimits.outputBytes);
}

void writeValue(JsonWriter& json, const OutputRule& rule) {
  json.beginObject().member("path", rule.path);
  if (rule.optional) json.member("optional", true);
  json.endObject();
}

void readMembers(JsonReader& json, OutputRule& rule) {
  rule.path = json.text("path", limits::kPathBytes);
  rule.optional = json.flagOr("optional", false);
}

void writeValue(JsonWriter& json, const RoleSet& roles) {
  json.beginArray();
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    if (roles.has(role)) json.value(name(role));
  }
  json.endArray();
}

RoleSet readRoles(JsonReader& json, std::string_view member) {
  RoleSet roles;
  for (const std::string& text : json.texts(member, kRoles)) {
    const auto role = parseRole(text);
    if (!role) {
      json.refuse(member, role.error());
      return {};
    }
    roles = roles.with(*role);
  }
  return roles;
}

void writePairs(JsonWriter& json, std::string_view member,
                const std::vector<std::pair<std::string, std::string>>& pairs) {
  json.key(member).beginObject();
  for (const auto& [name, value] : pairs) json.member(name, value);
  json.endObject();
}

void readExitCodes(JsonReader& json, std::vector<std::int32_t>& codes) {
  if (!json.has("exitCodes")) return;
  codes.clear();
  for (const std::uint64_t code : json.numbers("exitCodes", limits::kExitCodes)) {
    if (code > limits::kHighestExitCode) json.refuse("exitCodes", "an exit code is at most 255");
    codes.push_back(static_cast<std::int32_t>(code));
  }
}

std::string readPath(JsonReader& json, std::string_view member) {
  std::string path = json.text(member, limits::kPathBytes);
  if (json.failed()) return {};
  if (auto checked = checkRelativePath(path); !checked) json.refuse(member, std::move(checked).error());
  return path;
}

std::string readHex(JsonReader& json, std::string_view member, std::size_t bytes) {
  std::string hex = json.text(member);
  const bool good = hex.size() == 2 * bytes && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!good) json.refuse(member, "must be " + std::to_string(2 * bytes) + " lower-case hexadecimal digits");
  return good ? hex : std::string();
}

}  // namespace hearth::wire
