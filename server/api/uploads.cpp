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
  respond(uploadState(context, *digest, *own, uploaderOf(caller.account.id)));
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
  auto transfer = std::make_shared<UploadTransfer>(
      context, *head, uploaderOf(caller.account.id),
      [&context, owner = caller.account.id](const UploadHead& sent, const Respond& respond) {
        keepData(context, owner, sent, respond);
      });
  transfer->allow();
  return makeUploadSink(std::move(transfer));
}

// Hosts

void answerOutputState(ApiContext& context, const certs::HostCertificate& host, const RequestPtr& request,
                       const Respond& respond) {
  const auto attempt = valueOr(captureId<AttemptId>(*request, 0, "attempt"), respond);
  if (!attempt) return;
  const auto digest = valueOr(captureDigest(*request, 1), respond);
  if (!digest) return;
  withLease(context, *attempt, host, [&context, id = host.host, digest = *digest, respond](const Result<Lease>& lease) {
    if (!lease) return respondError(respond, lease.error());
    runOn(context.calls, respond, [&context, id, digest, respond] {
      respond(uploadState(context, digest, context.received.has(id, digest), uploaderOf(id)));
    });
  });
}

/// Allows or refuses the upload of an output of a task that the host holds.
void decideOutput(ApiContext& context, const Lease& lease, UploadTransfer& transfer) {
  const auto batch = context.prepared.find(lease.task.batch);
  if (!batch) return transfer.refuse(batch.error());
  const std::uint64_t allowance = (*batch)->spec.limits.outputBytes + 2 * limits::kStreamBytes;
  const auto charged = context.received.charge(lease.attempt, transfer.head().digest, transfer.head().size, allowance);
  if (!charged) return transfer.refuse(charged.error());
  transfer.allow();
}

Result<std::unique_ptr<BodySink>> openOutputUpload(ApiContext& context, const certs::HostCertificate& host,
                                                   const Request& request) {
  const auto attempt = captureId<AttemptId>(request, 0, "attempt");
  if (!attempt) return fail(attempt.error());
  const auto digest = captureDigest(request, 1);
  if (!digest) return fail(digest.error());
  const auto head = parseUploadHead(request, *digest);
  if (!head) return fail(head.error());
  auto transfer =
      std::make_shared<UploadTransfer>(context, *head, uploaderOf(host.host),
                                       [&context, id = host.host](const UploadHead& sent, const Respond& respond) {
                                         context.received.add(id, sent.digest);
                                         respond(created());
                                       });
  withLease(context, *attempt, host, [&context, transfer](Result<Lease> lease) {
    if (!lease) return transfer->refuse(std::move(lease).error());
    const bool taken =
        context.calls.post([&context, transfer, lease = *lease] { decideOutput(context, lease, *transfer); });
    if (!taken) {
      transfer->refuse(
          {ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Try again in some seconds."});
    }
  });
  return makeUploadSink(std::move(transfer));
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
  routes.host(Method::kHead, "/agent/v1/attempts/{attempt}/outputs/{digest}",
              [&context](const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
                answerOutputState(context, host, request, respond);
              });
  routes.hostUpload("/agent/v1/attempts/{attempt}/outputs/{digest}",
                    [&context](const certs::HostCertificate& host, const RequestPtr& request) {
                      return openOutputUpload(context, host, *request);
                    });
}

}  // namespace hearth::server
