// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/limits.h"
#include "wire/agent.h"
#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kTokenBytes = 1024;
constexpr std::size_t kPemBytes = 16 * limits::kKiB;
constexpr std::size_t kEnrolBytes = 128 * limits::kKiB;  // anyone may send one: nobody is known yet
constexpr std::size_t kInputsPerTask = 10'000;
constexpr std::size_t kParameters = 1024;
constexpr std::size_t kEnvironment = 256;
// A reply repeats what the agent should hold but did not list, so it may carry more than kSyncAttempts.
constexpr std::size_t kReplyAttempts = limits::kHostAttempts + limits::kSyncAttempts;
constexpr std::size_t kReplyAborts = limits::kHostAttempts + limits::kSyncResults;

void write(JsonWriter& json, const ProtocolRange& protocol) {
  json.key("protocol").beginObject().member("lowest", protocol.lowest).member("highest", protocol.highest).endObject();
}

/// Stops the reading at once when there is no common version: the other members may mean anything then.
void read(JsonReader& json, ProtocolRange& protocol) {
  json.object("protocol", [&](JsonReader& range) {
    protocol.lowest = range.number32("lowest");
    protocol.highest = range.number32("highest");
  });
  if (json.failed()) return;
  if (auto common = commonVersion(protocol); !common) json.refuse("protocol", std::move(common).error());
}

void writeTask(JsonWriter& json, AttemptId attempt, TaskId task, std::uint32_t revision) {
  json.member("attempt", attempt).member("batch", task.batch).member("index", task.index).member("revision", revision);
}

void readTask(JsonReader& json, AttemptId& attempt, TaskId& task, std::uint32_t& revision) {
  attempt = json.id<AttemptId>("attempt");
  task.batch = json.id<BatchId>("batch");
  task.index = json.number("index", limits::kTasksPerBatch - 1);
  revision = json.number32Or("revision", 0);
}

void writeFree(JsonWriter& json, const FreeResources& free) {
  json.key("free")
      .beginObject()
      .member("tasks", free.tasks)
      .member("processors", free.processors)
      .member("memoryBytes", free.memoryBytes)
      .member("diskBytes", free.diskBytes);
  if (free.gpus != 0) json.member("gpus", free.gpus);
  json.endObject();
}

void readFree(JsonReader& json, FreeResources& free) {
  free.tasks = json.number32("tasks");
  free.processors = json.number32("processors");
  free.memoryBytes = json.number("memoryBytes");
  free.diskBytes = json.number("diskBytes");
  free.gpus = json.number32Or("gpus", 0, limits::kGpus);
}

void writeValue(JsonWriter& json, const ReturnedResult& result) {
  json.beginObject();
  writeTask(json, result.attempt, result.task, result.revision);
  writeMembers(json, result.report);
  json.endObject();
}

void readMembers(JsonReader& json, ReturnedResult& result) {
  readTask(json, result.attempt, result.task, result.revision);
  wire::readMembers(json, result.report);
}

void writeValue(JsonWriter& json, const PlacedBlob& blob) {
  json.beginObject().member("path", blob.path).member("digest", blob.digest).member("size", blob.size).endObject();
}

void readMembers(JsonReader& json, PlacedBlob& blob) {
  blob.path = readPath(json, "path");
  blob.digest = json.digest("digest");
  blob.size = json.number("size", limits::kBlobBytes);
}

void write(JsonWriter& json, const Checkpoint& checkpoint) {
  json.member("digest", checkpoint.digest).member("size", checkpoint.size);
}

void read(JsonReader& json, Checkpoint& checkpoint) {
  checkpoint.digest = json.digest("digest");
  checkpoint.size = json.number("size", limits::kCheckpointBytes);
  if (!checkpoint && !json.failed()) json.refuse("digest", "is all zero", "Leave the checkpoint out.");
}

void writeValue(JsonWriter& json, const WrittenCheckpoint& written) {
  json.beginObject().member("attempt", written.attempt);
  write(json, written.checkpoint);
  json.endObject();
}

void readMembers(JsonReader& json, WrittenCheckpoint& written) {
  written.attempt = json.id<AttemptId>("attempt");
  read(json, written.checkpoint);
}

void writeBlobs(JsonWriter& json, const std::vector<PlacedBlob>& blobs) {
  json.key("inputs").beginArray();
  for (const PlacedBlob& blob : blobs) writeValue(json, blob);
  json.endArray();
}

void readBlobs(JsonReader& json, std::vector<PlacedBlob>& blobs) {
  json.objects("inputs", kInputsPerTask, [&](JsonReader& inner) { readMembers(inner, blobs.emplace_back()); });
}

void writeValue(JsonWriter& json, const AssignedAttempt& assigned) {
  json.beginObject();
  writeTask(json, assigned.attempt, assigned.task, assigned.revision);
  json.member("termMs", assigned.term).member("deadlineMs", assigned.deadline);
  writePairs(json, "parameters", assigned.parameters);
  writeBlobs(json, assigned.inputs);
  if (assigned.checkpoint) {
    json.key("checkpoint").beginObject();
    write(json, assigned.checkpoint);
    json.endObject();
  }
  json.endObject();
}

void readMembers(JsonReader& json, AssignedAttempt& assigned) {
  readTask(json, assigned.attempt, assigned.task, assigned.revision);
  assigned.term = json.duration("termMs");
  assigned.deadline = json.duration("deadlineMs");
  assigned.parameters = json.pairs("parameters", kParameters);
  readBlobs(json, assigned.inputs);
  json.objectIfAny("checkpoint", [&](JsonReader& inner) { read(inner, assigned.checkpoint); });
}

void writeValue(JsonWriter& json, const Job& job) {
  json.beginObject()
      .member("batch", job.batch)
      .member("batchName", job.batchName)
      .member("package", job.package)
      .member("packageSize", job.packageSize)
      .key("signature");
  wire::writeValue(json, job.signature);
  writeArray(json, "command", job.command);
  writePairs(json, "environment", job.environment);
  json.member("standardInput", job.standardInput).member("standardOutput", job.standardOutput);
  writeArray(json, "exitCodes", job.exitCodes);
  writeBlobs(json, job.inputs);
  writeArray(json, "outputs", job.outputs);
  json.key("requirements");
  wire::writeValue(json, job.requirements);
  json.key("limits");
  wire::writeValue(json, job.limits);
  if (job.checkpoint > Duration{}) json.member("checkpointMs", job.checkpoint);
  if (!job.application.empty()) json.member("application", job.application);
  if (!job.owner.empty()) json.member("owner", job.owner);
  if (!job.purpose.empty()) json.member("purpose", job.purpose);
  json.endObject();
}

void readMembers(JsonReader& json, Job& job) {
  job.batch = json.id<BatchId>("batch");
  job.batchName = json.text("batchName");
  job.package = json.digest("package");
  job.packageSize = json.number("packageSize", limits::kBlobBytes);
  json.object("signature", [&](JsonReader& inner) { wire::readMembers(inner, job.signature); });
  job.command = json.texts("command", limits::kArguments, limits::kArgumentBytes);
  job.environment = json.pairs("environment", kEnvironment);
  job.standardInput = json.textOr("standardInput", "", limits::kPathBytes);
  job.standardOutput = json.textOr("standardOutput", "", limits::kPathBytes);
  readExitCodes(json, job.exitCodes);
  readBlobs(json, job.inputs);
  readArray(json, "outputs", limits::kOutputsPerTask, job.outputs);
  json.object("requirements", [&](JsonReader& inner) { wire::readMembers(inner, job.requirements); });
  json.object("limits", [&](JsonReader& inner) { wire::readMembers(inner, job.limits); });
  job.checkpoint = json.durationOr("checkpointMs", {});
  job.application = json.textOr("application", "", 2 * limits::kNameBytes);
  job.owner = json.textOr("owner", "");
  job.purpose = json.textOr("purpose", "", kPurposeBytes);
  if (job.command.empty() && job.requirements.runtime != Runtime::kOci) json.refuse("command", "is empty");
}

void writeValue(JsonWriter& json, const AbortOrder& order) {
  json.beginObject().member("attempt", order.attempt).member("reason", clipped(order.reason, kReasonBytes)).endObject();
}

void readMembers(JsonReader& json, AbortOrder& order) {
  order.attempt = json.id<AttemptId>("attempt");
  order.reason = json.textOr("reason", "", kReadReasonBytes);
}

void writeValue(JsonWriter& json, const ResultAck& ack) {
  json.beginObject().member("attempt", ack.attempt).member("verdict", name(ack.verdict));
  if (!ack.reason.empty()) json.member("reason", clipped(ack.reason, kReasonBytes));
  if (!ack.missing.empty()) writeArray(json, "missing", ack.missing);
  json.endObject();
}

void readMembers(JsonReader& json, ResultAck& ack) {
  ack.attempt = json.id<AttemptId>("attempt");
  ack.verdict = json.word<AckVerdict>("verdict", parseAckVerdict);
  ack.reason = json.textOr("reason", "", kReadReasonBytes);
  ack.missing = json.digests("missing", limits::kOutputsPerTask + 2);
}

template <typename Entry>
void writeEntries(JsonWriter& json, std::string_view member, const std::vector<Entry>& entries) {
  json.key(member).beginArray();
  for (const Entry& entry : entries) writeValue(json, entry);
  json.endArray();
}

template <typename Entry>
void readEntries(JsonReader& json, std::string_view member, std::size_t most, std::vector<Entry>& entries) {
  json.objects(member, most, [&](JsonReader& inner) { readMembers(inner, entries.emplace_back()); });
}

void readSyncRequest(JsonReader& json, SyncRequest& request) {
  read(json, request.protocol);
  json.objectIfAny("host", [&](JsonReader& inner) { wire::readMembers(inner, request.description.emplace()); });
  json.object("free", [&](JsonReader& inner) { readFree(inner, request.free); });
  for (const std::uint64_t number : json.numbers("held", limits::kHostAttempts)) {
    if (number == 0) json.refuse("held", "names attempt 0, which names nothing");
    request.held.push_back(AttemptId{number});
  }
  readEntries(json, "results", limits::kSyncResults, request.results);
  readEntries(json, "checkpoints", limits::kHostAttempts, request.checkpoints);
}

void readSyncReply(JsonReader& json, SyncReply& reply) {
  reply.protocol = json.number32("protocol");
  if (!json.failed() && (reply.protocol < kProtocolLowest || reply.protocol > kProtocolHighest)) {
    json.refuse("protocol", "the server answers in protocol version " + std::to_string(reply.protocol),
                "Upgrade hearth-agent.", ErrorCode::kUnsupported);
  }
  readEntries(json, "attempts", kReplyAttempts, reply.attempts);
  readEntries(json, "jobs", kReplyAttempts, reply.jobs);
  readEntries(json, "aborts", kReplyAborts, reply.aborts);
  readEntries(json, "acks", limits::kSyncResults, reply.acks);
  reply.nextSync = json.duration("nextSyncMs");
}

}  // namespace

std::string toJson(const EnrolRequest& request) {
  JsonWriter json(2048);
  json.beginObject();
  write(json, request.protocol);
  json.member("token", request.token).member("csrPem", request.csrPem).key("host").beginObject();
  writeMembers(json, request.description);
  return json.endObject().endObject().take();
}

Result<EnrolRequest> parseEnrolRequest(std::string_view text) {
  return readJson<EnrolRequest>(
      text,
      [](JsonReader& json, EnrolRequest& request) {
        read(json, request.protocol);
        request.token = json.text("token", kTokenBytes);
        request.csrPem = json.text("csrPem", kPemBytes);
        json.object("host", [&](JsonReader& inner) { wire::readMembers(inner, request.description); });
      },
      kEnrolBytes);
}

std::string toJson(const EnrolReply& reply) {
  return JsonWriter(4096)
      .beginObject()
      .member("host", reply.host)
      .member("certificatePem", reply.certificatePem)
      .member("authorityPem", reply.authorityPem)
      .member("rootKey", reply.rootKey)
      .member("project", reply.project)
      .endObject()
      .take();
}

Result<EnrolReply> parseEnrolReply(std::string_view text) {
  return readJson<EnrolReply>(
      text,
      [](JsonReader& json, EnrolReply& reply) {
        reply.host = json.id<HostId>("host");
        reply.certificatePem = json.text("certificatePem", kPemBytes);
        reply.authorityPem = json.text("authorityPem", kPemBytes);
        reply.rootKey = readHex(json, "rootKey", 32);
        reply.project = json.text("project");
      },
      kEnrolBytes);
}

std::string toJson(const RenewRequest& request) {
  JsonWriter json(2048);
  json.beginObject();
  write(json, request.protocol);
  return json.member("csrPem", request.csrPem).endObject().take();
}

Result<RenewRequest> parseRenewRequest(std::string_view text) {
  return readJson<RenewRequest>(
      text,
      [](JsonReader& json, RenewRequest& request) {
        read(json, request.protocol);
        request.csrPem = json.text("csrPem", kPemBytes);
      },
      kEnrolBytes);
}

std::string toJson(const SyncRequest& request) {
  JsonWriter json(512 + 16 * request.held.size() + 512 * request.results.size());
  json.beginObject();
  write(json, request.protocol);
  if (request.description) {
    json.key("host").beginObject();
    writeMembers(json, *request.description);
    json.endObject();
  }
  writeFree(json, request.free);
  writeArray(json, "held", request.held);
  writeEntries(json, "results", request.results);
  if (!request.checkpoints.empty()) writeEntries(json, "checkpoints", request.checkpoints);
  return json.endObject().take();
}

Result<SyncRequest> parseSyncRequest(std::string_view text) { return readJson<SyncRequest>(text, readSyncRequest); }

std::string toJson(const Job& job) {
  JsonWriter json(2048);
  writeValue(json, job);
  return json.take();
}

std::string toJson(const SyncReply& reply) {
  std::vector<std::string> jobs;
  for (const Job& job : reply.jobs) jobs.push_back(toJson(job));
  return toJson(reply, std::vector<std::string_view>(jobs.begin(), jobs.end()));
}

std::string toJson(const SyncReply& reply, std::span<const std::string_view> jobs) {
  std::size_t jobBytes = 0;
  for (const std::string_view job : jobs) jobBytes += job.size() + 1;
  JsonWriter json(256 + 384 * reply.attempts.size() + jobBytes + 64 * reply.acks.size());
  json.beginObject().member("protocol", reply.protocol);
  writeEntries(json, "attempts", reply.attempts);
  json.key("jobs").beginArray();
  for (const std::string_view job : jobs) json.raw(job);
  json.endArray();
  writeEntries(json, "aborts", reply.aborts);
  writeEntries(json, "acks", reply.acks);
  return json.member("nextSyncMs", reply.nextSync).endObject().take();
}

Result<SyncReply> parseSyncReply(std::string_view text) { return readJson<SyncReply>(text, readSyncReply); }

}  // namespace hearth::wire
