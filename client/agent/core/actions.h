// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent_core/work.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/attempt.h"
#include "wire/agent.h"

/// What the outside must do. Every action about an attempt that takes time (Fetch, Start, Collect, Upload) is answered
/// by exactly one event about it; there is at most one of them under way for an attempt.
namespace hearth::agent {

// Rows of the journal
struct SaveJob {
  std::shared_ptr<const wire::Job> job;
};
struct DropJob {
  BatchId batch;
};
struct SaveAttempt {
  wire::AssignedAttempt assigned;
  Instant received;
};
struct SavePhase {
  AttemptId attempt;
  Phase phase = Phase::kAssigned;
  std::uint32_t losses = 0;
  std::optional<ResultReport> report;
};
struct DropAttempt {
  AttemptId attempt;
};
struct SaveSettings {
  Settings settings;
};
struct SaveLedger {
  Ledger ledger;
};
/// Something of a run is to be added to the history of its day. Sharing fills in what only it knows: the day, by the
/// owner's clock, and the energy.
struct CountRun {
  std::uint32_t finished = 0, failed = 0;
  Duration processorTime;
  std::int64_t day = 0;  ///< since 1970
  std::uint64_t joules = 0;
};
using JournalRow =
    std::variant<SaveJob, DropJob, SaveAttempt, SavePhase, DropAttempt, SaveSettings, SaveLedger, CountRun>;

/// Answered by SyncReplied or SyncFailed; at most one is under way.
struct Sync {
  wire::SyncRequest request;
};
/// Fetch and check package and inputs, lay out the task's folder anew. Answered by InputsReady or InputsFailed.
struct Fetch {
  Work work;
  bool fromServer = true;  ///< false: only what is on the disk already; kUnavailable where that is not enough
};
/// Answered by TaskEnded, whenever that is.
struct Start {
  Work work;
};
struct Freeze {
  AttemptId attempt;
};
struct Thaw {
  AttemptId attempt;
};
/// Ask the task for its state. Answered by CheckpointKept, or never.
struct AskCheckpoint {
  AttemptId attempt;
};
/// Send the checkpoint that lies in the attempt's folder. Answered by CheckpointSent; at most one is under way for an
/// attempt, beside what else is.
struct SendCheckpoint {
  AttemptId attempt;
  Checkpoint checkpoint;
};
/// End the run at once; TaskEnded still comes.
struct Stop {
  AttemptId attempt;
  std::string reason;
};
/// Take outputs (only where `outputs`) and streams out of the task's folder. Answered by OutputsCollected or
/// OutputsFailed.
struct Collect {
  Work work;
  bool outputs = true;
};
/// Answered by UploadDone or UploadFailed.
struct Upload {
  AttemptId attempt;
  std::vector<Digest> blobs;
};
/// A Fetch or Upload under way is not wanted any more: its answer should come soon.
struct Abandon {
  AttemptId attempt;
};
/// Nothing of the attempt is needed: remove its folder.
struct Forget {
  AttemptId attempt;
};
/// Send a Tick at this time; replaces the one set before.
struct SetTimer {
  Instant at;
};
/// For the log.
struct Note {
  bool warning = false;
  std::string text;
};
struct Exit {};

using Action = std::variant<Sync, Fetch, Start, Freeze, Thaw, AskCheckpoint, SendCheckpoint, Stop, Collect, Upload,
                            Abandon, Forget, SetTimer, Note, Exit>;

/// What one event leads to. `rows` are written, in order and durably, before `actions` are carried out.
struct Actions {
  std::vector<JournalRow> rows;
  std::vector<Action> actions;
};

}  // namespace hearth::agent
