// SPDX-License-Identifier: GPL-3.0-or-later
// What a host says that it computed, held against what its batch declares and the bytes that came.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "model/attempt.h"
#include "server/api/sync.h"

namespace hearth::server {
namespace {

using Objection = std::optional<std::string>;

/// A blob that a result names: missing where this host has not sent it, an objection where its size is another.
Objection lookAtBlob(ApiContext& context, HostId host, const Digest& digest, std::optional<std::uint64_t> size,
                     std::vector<Digest>& missing) {
  const auto there = context.deps.blobs.size(digest);
  if (!there || !context.received.has(host, digest)) {
    missing.push_back(digest);
    return std::nullopt;
  }
  if (size && *there != *size) {
    return "the blob " + digest.hex() + " has " + std::to_string(*there) + " bytes, the result says " +
           std::to_string(*size);
  }
  if (!size && *there > limits::kStreamBytes) {
    return "a log of " + std::to_string(*there) + " bytes is over the limit of " + std::to_string(limits::kStreamBytes);
  }
  return std::nullopt;
}

Objection lookAtBlobs(ApiContext& context, HostId host, const ResultReport& report, std::vector<Digest>& missing) {
  for (const FileRef& output : report.outputs) {
    if (auto objection = lookAtBlob(context, host, output.digest, output.size, missing)) return objection;
  }
  for (const Digest& stream : {report.standardOutput, report.standardError}) {
    if (stream == Digest{}) continue;
    if (auto objection = lookAtBlob(context, host, stream, std::nullopt, missing)) return objection;
  }
  return std::nullopt;
}

Objection lookAtNames(const std::vector<OutputRule>& declared, const ResultReport& report) {
  for (std::size_t i = 0; i < report.outputs.size(); ++i) {
    const std::string& path = report.outputs[i].path;
    if (i > 0 && report.outputs[i - 1].path == path) return "it names the output '" + path + "' twice";
    const bool known =
        std::any_of(declared.begin(), declared.end(), [&](const OutputRule& rule) { return rule.path == path; });
    if (!known) return "its batch declares no output '" + path + "'";
  }
  if (report.exit != ExitKind::kOk) return std::nullopt;
  for (const OutputRule& rule : declared) {
    const bool there = std::any_of(report.outputs.begin(), report.outputs.end(),
                                   [&](const FileRef& output) { return output.path == rule.path; });
    if (!there && !rule.optional)
      return "it says that all went well, but lacks the declared output '" + rule.path + "'";
  }
  return std::nullopt;
}

Objection lookAtReport(ApiContext& context, const PreparedBatch& batch, TaskIndex index, const ResultReport& report) {
  std::uint64_t bytes = 0;
  for (const FileRef& output : report.outputs) {
    if (output.size > batch.spec.limits.outputBytes - bytes) {
      return "its outputs pass the limit of " + std::to_string(batch.spec.limits.outputBytes) + " bytes";
    }
    bytes += output.size;
  }
  const auto& good = batch.spec.exitCodes;
  if (report.exit == ExitKind::kOk && std::find(good.begin(), good.end(), report.exitCode) == good.end()) {
    return "exit code " + std::to_string(report.exitCode) + " does not mean success in this batch";
  }
  if (!batch.outputsVary) return lookAtNames(batch.spec.outputs, report);
  const auto parameters = parametersOf(batch, index, context.deps.lines);
  if (!parameters)
    return report.outputs.empty() && report.exit != ExitKind::kOk ? Objection{} : parameters.error().message;
  const auto declared = declaredOutputs(batch, *parameters);
  if (!declared) return declared.error().message;
  return lookAtNames(*declared, report);
}

/// The failure that stands for a result that must not count.
ResultReport failureFor(const std::string& reason) {
  ResultReport report;
  report.exit = ExitKind::kHostFailed;
  report.reason = reason;
  return report;
}

}  // namespace

bool canReviewAtOnce(ApiContext& context, const std::vector<wire::ReturnedResult>& results) {
  BatchId last;
  for (const wire::ReturnedResult& result : results) {
    if (result.task.batch == last) continue;
    const auto batch = context.prepared.known(result.task.batch);
    if (!batch || (batch->outputsVary && batch->spec.sweep.list)) return false;
    last = result.task.batch;
  }
  return true;
}

Review reviewResults(ApiContext& context, HostId host, std::vector<wire::ReturnedResult>& results) {
  Review review;
  review.missing.resize(results.size());
  review.objections.resize(results.size());
  BatchId last;
  PreparedBatches::Shared batch;
  for (std::size_t i = 0; i < results.size(); ++i) {
    ResultReport& report = results[i].report;
    std::sort(report.outputs.begin(), report.outputs.end());
    // A batch that is not there, or a task beyond its end, was never given out: the Dispatcher refuses it.
    if (results[i].task.batch != last) {
      batch = context.prepared.find(results[i].task.batch).value_or(nullptr);
      last = results[i].task.batch;
    }
    if (!batch || results[i].task.index >= batch->tasks) continue;
    Objection objection = lookAtReport(context, *batch, results[i].task.index, report);
    if (!objection) objection = lookAtBlobs(context, host, report, review.missing[i]);
    if (!objection) {
      // The Dispatcher asks for the blobs and keeps nothing, unless the attempt has expired: then a good report would
      // revive it without them.
      if (!review.missing[i].empty()) report = failureFor("its outputs never came");
      continue;
    }
    report = failureFor("the host returned a wrong report: " + *objection);
    review.missing[i].clear();
    review.objections[i] = std::move(objection);
  }
  return review;
}

void dropMissingCheckpoints(ApiContext& context, HostId host, std::vector<wire::WrittenCheckpoint>& checkpoints) {
  std::erase_if(checkpoints, [&](const wire::WrittenCheckpoint& written) {
    const Digest& digest = written.checkpoint.digest;
    return !context.received.has(host, digest) || context.deps.checkpoints.size(digest) != written.checkpoint.size;
  });
}

}  // namespace hearth::server
