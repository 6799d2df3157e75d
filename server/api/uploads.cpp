// SPDX-License-Identifier: GPL-3.0-or-later
// Blobs that come in: people's data, and the outputs of attempts.
#include <utility>

#include "server/api/attempt_lease.h"
#include "server/api/routes.h"
#include "server/api/upload_sink.h"

namespace hearth::server {
namespace {

std::string uploaderOf(AccountId account) { return "account-" + std::to_string(account.value); }
std::string uploaderOf(HostId host) { return "host-" + std::to_string(host.value); }

Response created() { return {201, {}, std::string{}}; }

// People

void answerDataState(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto digest = valueOr(captureDigest(*request, 0), respond);
  if (!digest) return;
  const auto own = valueOr(context.deps.read.mayUse(caller.account.id, *digest), respond);
  if (!own) return;
  respond(uploadState(context.deps.blobs, *digest, *own, uploaderOf(caller.account.id)));
}

/// The bytes are there: now they are data of the one who sent them.
void keepData(ApiContext& context, AccountId owner, const UploadHead& head, const Respond& respond) {
  context.deps.runtime.commit(db::Unit{{DataPut{owner, head.digest, head.size, context.now()}}},
                              [respond](Result<db::Outcome> outcome) {
                                if (!outcome) return respondError(respond, std::move(outcome).error());
                                respond(created());  // a conflict says that it was theirs already
                              });
}

Result<std::unique_ptr<BodySink>> openDataUpload(ApiContext& context, const Caller& caller, const Request& request) {
  const auto digest = captureDigest(request, 0);
  if (!digest) return fail(digest.error());
  const auto head = parseUploadHead(request, *digest);
  if (!head) return fail(head.error());
  const auto has = context.deps.read.mayUse(caller.account.id, *digest);
  if (!has) return fail(has.error());
  if (!*has && head->offset == 0) HEARTH_TRY(context.stored.admit(caller.account.id, head->size));
  auto transfer = std::make_shared<UploadTransfer>(
      context, context.deps.blobs, *head, uploaderOf(caller.account.id),
      [&context, owner = caller.account.id](const UploadHead& sent, const Respond& respond) {
        keepData(context, owner, sent, respond);
      });
  transfer->allow();
  return makeUploadSink(std::move(transfer));
}

// Hosts

/// What a host sends for an attempt.
enum class Sent { kOutput, kCheckpoint };

BlobStore& storeOf(ApiContext& context, Sent what) {
  return what == Sent::kOutput ? context.deps.blobs : context.deps.checkpoints;
}

void answerSentState(ApiContext& context, Sent what, const certs::HostCertificate& host, const RequestPtr& request,
                     const Respond& respond) {
  const auto attempt = valueOr(captureId<AttemptId>(*request, 0, "attempt"), respond);
  if (!attempt) return;
  const auto digest = valueOr(captureDigest(*request, 1), respond);
  if (!digest) return;
  withLease(context, *attempt, host,
            [&context, what, id = host.host, digest = *digest, respond](const Result<HeldAttempt>& held) {
              if (!held) return respondError(respond, held.error());
              runOn(context.calls, respond, [&context, what, id, digest, respond] {
                const bool complete = context.received.has(id, digest);
                respond(uploadState(storeOf(context, what), digest, complete, uploaderOf(id)));
              });
            });
}

/// Allows or refuses the upload of an output of a task that the host holds.
Result<void> chargeOutput(ApiContext& context, const PreparedBatch& batch, const Lease& lease, const UploadHead& head) {
  const std::uint64_t allowance = batch.spec.limits.outputBytes + 2 * limits::kStreamBytes;
  return context.received.charge(lease.attempt, head.digest, head.size, allowance);
}

/// A checkpoint takes the place of the one before: each may be as large as the task, and they may not come faster than
/// the batch asks for, a pause or a farewell apart.
Result<void> chargeCheckpoint(ApiContext& context, const PreparedBatch& batch, const Lease& lease,
                              const UploadHead& head) {
  const BatchSpec& spec = batch.spec;
  if (spec.checkpoint == Duration{}) {
    return fail(ErrorCode::kInvalid, "This batch asks for no checkpoints.", "Send none.");
  }
  const Requirements& needs = spec.requirements;
  const std::uint64_t most = std::min(needs.memoryBytes + needs.diskBytes, limits::kCheckpointBytes);
  if (head.size > most) {
    return fail(ErrorCode::kTooLarge,
                "A checkpoint of this batch may have " + std::to_string(most) + " bytes at most, this one has " +
                    std::to_string(head.size) + ".",
                "It may be no larger than the memory and the disk that the task may use.");
  }
  return context.received.chargeCheckpoint(lease.attempt, head.digest, spec.checkpoint, context.now());
}

void decide(ApiContext& context, Sent what, const Lease& lease, UploadTransfer& transfer) {
  const auto batch = context.prepared.find(lease.task.batch);
  if (!batch) return transfer.refuse(batch.error());
  const auto charged = what == Sent::kOutput ? chargeOutput(context, **batch, lease, transfer.head())
                                             : chargeCheckpoint(context, **batch, lease, transfer.head());
  if (!charged) return transfer.refuse(charged.error());
  transfer.allow();
}

Result<std::unique_ptr<BodySink>> openHostUpload(ApiContext& context, Sent what, const certs::HostCertificate& host,
                                                 const Request& request) {
  const auto attempt = captureId<AttemptId>(request, 0, "attempt");
  if (!attempt) return fail(attempt.error());
  const auto digest = captureDigest(request, 1);
  if (!digest) return fail(digest.error());
  const auto head = parseUploadHead(request, *digest);
  if (!head) return fail(head.error());
  auto transfer =
      std::make_shared<UploadTransfer>(context, storeOf(context, what), *head, uploaderOf(host.host),
                                       [&context, id = host.host](const UploadHead& sent, const Respond& respond) {
                                         context.received.add(id, sent.digest);
                                         respond(created());
                                       });
  withLease(context, *attempt, host, [&context, what, transfer](Result<HeldAttempt> held) {
    if (!held) return transfer->refuse(std::move(held).error());
    const bool taken = context.calls.post(
        [&context, what, transfer, lease = held->lease] { decide(context, what, lease, *transfer); });
    if (!taken) {
      transfer->refuse(
          {ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Try again in some seconds."});
    }
  });
  return makeUploadSink(std::move(transfer));
}

void addHostUploads(Routes& routes, ApiContext& context, Sent what, const std::string& pattern) {
  routes.host(Method::kHead, pattern,
              [&context, what](const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
                answerSentState(context, what, host, request, respond);
              });
  routes.hostUpload(pattern, [&context, what](const certs::HostCertificate& host, const RequestPtr& request) {
    return openHostUpload(context, what, host, *request);
  });
}

}  // namespace

void addUploadRoutes(Routes& routes, ApiContext& context) {
  const auto roles = {Role::kScientist, Role::kOperator, Role::kAdmin};
  routes.person(Method::kHead, "/api/v1/blobs/{digest}", roles,
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  answerDataState(context, caller, request, respond);
                });
  routes.personUpload("/api/v1/blobs/{digest}", roles, [&context](const Caller& caller, const RequestPtr& request) {
    return openDataUpload(context, caller, *request);
  });
}

void addOutputRoutes(Routes& routes, ApiContext& context) {
  addHostUploads(routes, context, Sent::kOutput, "/agent/v1/attempts/{attempt}/outputs/{digest}");
  addHostUploads(routes, context, Sent::kCheckpoint, "/agent/v1/attempts/{attempt}/checkpoints/{digest}");
}

}  // namespace hearth::server
