// SPDX-License-Identifier: GPL-3.0-or-later
// What the Dispatcher decided, in the words that an agent needs.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include <spdlog/spdlog.h>

#include "server/api/sync.h"

namespace hearth::server {
namespace {

/// A result that was objected to counts as refused, whatever became of the failure that stood for it.
void refuse(std::vector<wire::ResultAck>& acks, const Review& review) {
  for (std::size_t i = 0; i < acks.size() && i < review.objections.size(); ++i) {
    if (!review.objections[i] || acks[i].verdict != wire::AckVerdict::kAccepted) continue;
    acks[i].verdict = wire::AckVerdict::kRefused;
    acks[i].reason = *review.objections[i];
  }
}

wire::AssignedAttempt describe(ApiContext& context, const core::SyncOutcome::Assigned& assigned,
                               const PreparedBatch& batch) {
  const Lease& lease = assigned.lease;
  wire::AssignedAttempt attempt{
      lease.attempt, lease.task, lease.revision, assigned.term, assigned.deadline, {}, {}, assigned.checkpoint};
  auto inputs = inputsOfTask(context, batch, lease.task.index);
  if (inputs) {
    attempt.parameters = std::move(inputs->parameters);
    attempt.inputs = std::move(inputs->inputs);
  } else {
    attempt.parameters = {{"index", std::to_string(lease.task.index)}};
    attempt.inputs = {{std::string(kMissingInput), Digest{}, 0}};
  }
  return attempt;
}

/// The batch, or nothing if it cannot be had: then the host is given its attempts again at the next call, and other
/// batches do not wait for this one.
PreparedBatches::Shared batchToHandOut(ApiContext& context, BatchId id) {
  auto batch = context.prepared.find(id);
  if (batch) return std::move(*batch);
  spdlog::error("batch {} cannot be handed out: {}", id.value, batch.error().message);
  return nullptr;
}

}  // namespace

Result<TaskInputs> inputsOfTask(ApiContext& context, const PreparedBatch& batch, TaskIndex index) {
  auto parameters = parametersOf(batch, index, context.deps.lines);
  if (!parameters) return fail(std::move(parameters).error());
  auto inputs = varyingInputs(batch, *parameters);
  if (!inputs) return fail(std::move(inputs).error());
  return TaskInputs{std::move(*parameters), std::move(*inputs)};
}

bool canReplyAtOnce(ApiContext& context, const core::SyncOutcome& outcome) {
  BatchId last;
  for (const auto& assigned : outcome.assigned) {
    if (assigned.lease.task.batch == last) continue;
    const auto batch = context.prepared.known(assigned.lease.task.batch);
    if (!batch || batch->spec.sweep.list) return false;
    last = assigned.lease.task.batch;
  }
  return true;
}

SyncAnswer makeSyncAnswer(ApiContext& context, core::SyncOutcome outcome, const Review& review,
                          std::uint32_t protocol) {
  SyncAnswer answer;
  wire::SyncReply& reply = answer.reply;
  reply.protocol = protocol;
  reply.aborts = std::move(outcome.aborts);
  reply.acks = std::move(outcome.acks);
  reply.nextSync = outcome.nextSync;
  refuse(reply.acks, review);

  reply.attempts.reserve(outcome.assigned.size());
  std::unordered_map<BatchId, PreparedBatches::Shared> batches;
  BatchId last;
  PreparedBatches::Shared batch;
  for (const auto& assigned : outcome.assigned) {
    if (const BatchId id = assigned.lease.task.batch; id != last) {
      const auto [entry, fresh] = batches.try_emplace(id);
      if (fresh) entry->second = batchToHandOut(context, id);
      if (fresh && entry->second) answer.batches.push_back(entry->second);
      batch = entry->second;
      last = id;
    }
    if (batch) reply.attempts.push_back(describe(context, assigned, *batch));
  }
  return answer;
}

std::string SyncAnswer::toJson() const {
  std::vector<std::string_view> jobs;
  jobs.reserve(batches.size());
  for (const auto& batch : batches) jobs.emplace_back(batch->jobJson);
  return wire::toJson(reply, jobs);
}

}  // namespace hearth::server
