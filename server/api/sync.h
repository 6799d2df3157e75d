// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "core/actions.h"
#include "server/api/context.h"
#include "wire/agent.h"

namespace hearth::server {

/// The path under which a task's input stands that cannot be had (its digest is all zero): the agent asks for it, is
/// told why, and reports the attempt as failed for that reason. So a sweep's bad line fails its own task with a
/// message, and nothing else.
inline constexpr std::string_view kMissingInput = "hearth-missing-input";

/// What was found about the results of one sync before the Dispatcher saw them.
struct Review {
  std::vector<std::vector<Digest>> missing;            ///< for each result, the blobs that this host has not sent
  std::vector<std::optional<std::string>> objections;  ///< for each result, why it cannot be right
};

/// Whether all batches that the results name are prepared already, so that reviewing them touches no disk.
bool canReviewAtOnce(ApiContext& context, const std::vector<wire::ReturnedResult>& results);

/// Holds each result against what its batch declares and the blobs that came. A result that cannot be right is turned
/// into a failure of its host, so that the attempt ends and the task goes to another. Sorts outputs by path.
Review reviewResults(ApiContext& context, HostId host, std::vector<wire::ReturnedResult>& results);

/// Takes out the checkpoints whose bytes this host has not sent: the agent sends the next one.
void dropMissingCheckpoints(ApiContext& context, HostId host, std::vector<wire::WrittenCheckpoint>& checkpoints);

/// Whether the attempts can be described without touching a disk.
bool canReplyAtOnce(ApiContext& context, const core::SyncOutcome& outcome);

/// The whole answer: what the Dispatcher decided, with the parameters and inputs of the attempts, and the batches whose
/// jobs belong to it.
struct SyncAnswer {
  wire::SyncReply reply;  ///< without jobs
  std::vector<PreparedBatches::Shared> batches;

  std::string toJson() const;
};
SyncAnswer makeSyncAnswer(ApiContext& context, core::SyncOutcome outcome, const Review& review, std::uint32_t protocol);

/// The parameters and varying inputs of one task, or why they cannot be had.
struct TaskInputs {
  Parameters parameters;
  std::vector<wire::PlacedBlob> inputs;
};
Result<TaskInputs> inputsOfTask(ApiContext& context, const PreparedBatch& batch, TaskIndex index);

}  // namespace hearth::server
