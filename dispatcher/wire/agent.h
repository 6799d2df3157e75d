// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/batch.h"
#include "model/host.h"

/// The messages between an agent and its server (`/agent/v1/…`, docs/protocol.md).
namespace hearth::wire {

/// Versions of the agent protocol that this build speaks. Both sides state theirs; the highest common one is used.
inline constexpr std::uint32_t kProtocolLowest = 1;
inline constexpr std::uint32_t kProtocolHighest = 1;

struct ProtocolRange {
  std::uint32_t lowest = kProtocolLowest;
  std::uint32_t highest = kProtocolHighest;
  bool operator==(const ProtocolRange&) const = default;
};
/// The version to speak, or an Unsupported error that says which side is too old and what to do.
Result<std::uint32_t> commonVersion(const ProtocolRange& agent);

/// POST /agent/v1/enrol, without a client certificate.
struct EnrolRequest {
  ProtocolRange protocol;
  std::string token;
  std::string csrPem;
  HostDescription description;
  bool operator==(const EnrolRequest&) const = default;
};
struct EnrolReply {
  HostId host;
  std::string certificatePem;  ///< of the host
  std::string authorityPem;    ///< of the project's CA
  PublicKeyText
      rootKey;          ///< the project's package-signing root; the agent holds it against the join link's fingerprint
  std::string project;  ///< the project's name
  bool operator==(const EnrolReply&) const = default;
};
/// POST /agent/v1/renew, with a client certificate that may have expired. Reply: EnrolReply.
struct RenewRequest {
  ProtocolRange protocol;
  std::string csrPem;
  bool operator==(const RenewRequest&) const = default;
};

struct ReturnedResult {
  AttemptId attempt;
  TaskId task;
  std::uint32_t revision = 0;
  ResultReport report;
  bool operator==(const ReturnedResult&) const = default;
};

/// An attempt under way has written its state, and the blob has been uploaded.
struct WrittenCheckpoint {
  AttemptId attempt;
  Checkpoint checkpoint;
  bool operator==(const WrittenCheckpoint&) const = default;
};

/// POST /agent/v1/sync. Lists everything that the agent holds, so a lost or repeated call loses and doubles nothing.
struct SyncRequest {
  ProtocolRange protocol;
  std::optional<HostDescription> description;  ///< when it changed since the last acknowledged sync
  FreeResources free;
  std::vector<AttemptId> held;  ///< fetching, running, paused, or finished and not yet returned here
  std::vector<ReturnedResult> results;
  std::vector<WrittenCheckpoint> checkpoints = {};  ///< of attempts that are held, the newest of each
  bool operator==(const SyncRequest&) const = default;
};

/// An input of one task: a blob and where it goes in the task's directory.
struct PlacedBlob {
  std::string path;
  Digest digest;
  std::uint64_t size = 0;
  bool operator==(const PlacedBlob&) const = default;
};

struct AssignedAttempt {
  AttemptId attempt;
  TaskId task;
  std::uint32_t revision = 0;
  Duration term;
  Duration deadline;
  Parameters parameters;           ///< for the templates of the job; `index` among them
  std::vector<PlacedBlob> inputs;  ///< those whose rule has parameters; the others stand in the job
  Checkpoint checkpoint = {};      ///< where an earlier attempt had got to
  bool operator==(const AssignedAttempt&) const = default;
};

/// What the attempts of one batch have in common.
struct Job {
  BatchId batch;
  std::string batchName;
  Digest package;
  std::uint64_t packageSize = 0;  ///< of its manifest
  PackageSignature signature;
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string standardInput;
  std::string standardOutput;                 ///< as in BatchSpec: also stands among `outputs`
  std::vector<std::int32_t> exitCodes = {0};  ///< as in BatchSpec: a run that exits with one of them is ExitKind::kOk
  std::vector<PlacedBlob> inputs;
  std::vector<OutputRule> outputs;
  Requirements requirements;
  TaskLimits limits;
  Duration checkpoint = {};  ///< as in BatchSpec
  // For the owner of the machine to see; a server may leave them out.
  std::string application = {};  ///< "name@version"
  std::string owner = {};        ///< the account whose batch it is
  std::string purpose = {};      ///< as in BatchSpec
  bool operator==(const Job&) const = default;
};

struct AbortOrder {
  AttemptId attempt;
  std::string reason;
  bool operator==(const AbortOrder&) const = default;
};

enum class AckVerdict : std::uint8_t {
  kAccepted = 0,      ///< durable: the agent may forget it
  kNotWanted = 1,     ///< the task was decided without it, or it is a repetition: the agent may forget it
  kRefused = 2,       ///< this host never held it, or the report is wrong: the agent drops it and logs the reason
  kBlobsMissing = 3,  ///< upload these blobs, then return the result again
};
const char* name(AckVerdict verdict) noexcept;
Result<AckVerdict> parseAckVerdict(std::string_view text);

struct ResultAck {
  AttemptId attempt;
  AckVerdict verdict = AckVerdict::kAccepted;
  std::string reason;
  std::vector<Digest> missing;
  bool operator==(const ResultAck&) const = default;
};

struct SyncReply {
  std::uint32_t protocol = kProtocolHighest;
  std::vector<AssignedAttempt> attempts;
  std::vector<Job> jobs;
  std::vector<AbortOrder> aborts;
  std::vector<ResultAck> acks;
  Duration nextSync;
  bool operator==(const SyncReply&) const = default;
};

// JSON. Writing cannot fail; a reason or a host's name that is too long is clipped. Reading says which member is wrong,
// refuses what passes base/limits.h, and ignores members that it does not know, since the other side may be newer.
// Reading a request asks commonVersion before anything else, so that an agent of another age gets its answer.
std::string toJson(const EnrolRequest&);
std::string toJson(const EnrolReply&);
std::string toJson(const RenewRequest&);
std::string toJson(const SyncRequest&);
std::string toJson(const SyncReply&);
std::string toJson(const Job&);
/// The reply with these jobs, each as toJson wrote it, in the place of its own.
std::string toJson(const SyncReply&, std::span<const std::string_view> jobs);
Result<EnrolRequest> parseEnrolRequest(std::string_view json);
Result<EnrolReply> parseEnrolReply(std::string_view json);
Result<RenewRequest> parseRenewRequest(std::string_view json);
Result<SyncRequest> parseSyncRequest(std::string_view json);
Result<SyncReply> parseSyncReply(std::string_view json);

}  // namespace hearth::wire
