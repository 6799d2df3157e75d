// SPDX-License-Identifier: GPL-3.0-or-later
// What agents fetch: the inputs of the attempts that they hold, and the files of their packages.
#include <algorithm>
#include <utility>

#include "server/api/attempt_lease.h"
#include "server/api/routes.h"
#include "server/api/sync.h"

namespace hearth::server {
namespace {

bool names(const std::vector<wire::PlacedBlob>& inputs, const Digest& digest) {
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const wire::PlacedBlob& input) { return input.digest == digest; });
}

/// Success if the task needs this blob.
Result<void> checkNeeded(ApiContext& context, const PreparedBatch& batch, TaskIndex index, const Digest& digest) {
  if (digest == batch.spec.package || names(batch.job.inputs, digest)) return {};
  if (const auto package = context.packages.find(batch.spec.package); package && (*package)->digests.contains(digest)) {
    return {};
  }
  const auto inputs = inputsOfTask(context, batch, index);
  if (!inputs) {
    return fail(ErrorCode::kNotFound, "An input of this task cannot be had: " + inputs.error().message,
                inputs.error().hint.empty() ? "Report the attempt as failed for its input." : inputs.error().hint);
  }
  if (names(inputs->inputs, digest)) return {};
  return fail(ErrorCode::kNotFound,
              "The blob " + digest.hex() + " is neither an input of this attempt nor a file of its package.",
              "Ask for the digests that the job and its package name.");
}

void sendBlob(ApiContext& context, const HeldAttempt& held, const Digest& digest, const RequestPtr& request,
              const Respond& respond) {
  if (held.checkpoint && digest == held.checkpoint.digest) {
    return respond(blobResponse(context, context.deps.checkpoints, *request, digest));
  }
  const Lease& lease = held.lease;
  const auto batch = valueOr(context.prepared.find(lease.task.batch), respond);
  if (!batch) return;
  if (auto needed = checkNeeded(context, **batch, lease.task.index, digest); !needed) {
    return respondError(respond, needed.error());
  }
  respond(blobResponse(context, context.deps.blobs, *request, digest));
}

void fetch(ApiContext& context, const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
  const auto attempt = valueOr(captureId<AttemptId>(*request, 0, "attempt"), respond);
  if (!attempt) return;
  const auto digest = valueOr(captureDigest(*request, 1), respond);
  if (!digest) return;
  withLease(context, *attempt, host, [&context, digest = *digest, request, respond](Result<HeldAttempt> held) {
    if (!held) return respondError(respond, std::move(held).error());
    runOn(context.calls, respond,
          [&context, held = *held, digest, request, respond] { sendBlob(context, held, digest, request, respond); });
  });
}

}  // namespace

void addAgentBlobRoutes(Routes& routes, ApiContext& context) {
  routes.host(Method::kGet, "/agent/v1/attempts/{attempt}/blobs/{digest}",
              [&context](const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
                fetch(context, host, request, respond);
              });
  addOutputRoutes(routes, context);
}

}  // namespace hearth::server
