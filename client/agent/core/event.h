// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent_core/allowance.h"
#include "agent_core/work.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/host.h"
#include "wire/agent.h"

/// Everything that can happen to the agent.
namespace hearth::agent {

/// What the machine offers to tasks. The first event; comes again when it changes.
struct HostSeen {
  HostDescription description;
  std::string limitation;  ///< why the sandbox is no better; for people
};
/// What the journal held when the agent started. The second event.
struct Restored {
  std::vector<RestoredAttempt> attempts;
  Settings settings;
  Ledger ledger;
};
struct SyncReplied {
  wire::SyncReply reply;
};
struct SyncFailed {
  Error error;
  std::optional<Duration> retryAfter;
};
struct InputsReady {
  AttemptId attempt;
};
struct InputsFailed {
  AttemptId attempt;
  Error error;
};
/// The run is over, or could not be started.
struct TaskEnded {
  AttemptId attempt;
  ExitKind exit = ExitKind::kOk;
  std::int32_t exitCode = 0;
  std::string reason;
  Usage usage;
};
/// Outputs and streams lie in the attempt's folder, hashed.
struct OutputsCollected {
  AttemptId attempt;
  std::vector<FileRef> outputs;
  Digest standardOutput, standardError;
};
/// A declared output is not there, or they are too big, or the disk failed: `exit` says whose fault it is.
struct OutputsFailed {
  AttemptId attempt;
  ExitKind exit = ExitKind::kHostFailed;
  std::string reason;
  Digest standardOutput, standardError;
};
/// The task has written its state, and it is kept in the attempt's folder.
struct CheckpointKept {
  AttemptId attempt;
  Checkpoint checkpoint;
};
/// The kept checkpoint is at the server, or why not. Told with the next sync, it counts.
struct CheckpointSent {
  AttemptId attempt;
  Checkpoint checkpoint;
  std::optional<Error> error;
};
struct UploadDone {
  AttemptId attempt;
};
struct UploadFailed {
  AttemptId attempt;
  Error error;
  bool lost = false;  ///< the file to upload is not there any more
};
/// The journal could not be written (an empty error: it can again). What could not be written is kept and tried again.
struct JournalHealth {
  std::optional<Error> error;
};
/// What the project may use from now on. Until the first of them it is the whole machine.
struct Allowed {
  Allowance allowance;
};
/// The machine was asleep so long, up to now: nothing ran meanwhile.
struct Slept {
  Duration length;
};
struct VerbRun {};
struct VerbPause {
  std::optional<Duration> period;  ///< none: until `run`
};
struct VerbFinish {};
struct VerbQuit {};
struct Tick {};

using Event = std::variant<HostSeen, Restored, SyncReplied, SyncFailed, InputsReady, InputsFailed, TaskEnded,
                           OutputsCollected, OutputsFailed, CheckpointKept, CheckpointSent, UploadDone, UploadFailed,
                           JournalHealth, Allowed, Slept, VerbRun, VerbPause, VerbFinish, VerbQuit, Tick>;

}  // namespace hearth::agent
