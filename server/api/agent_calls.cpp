// SPDX-License-Identifier: GPL-3.0-or-later
// Enrolment, renewal and sync (docs/protocol.md, "Agents").
#include <utility>

#include "certs/secret.h"
#include "server/api/routes.h"
#include "server/api/sync.h"

namespace hearth::server {
namespace {

/// Signs the host's key and answers. Runs on a thread of the pool: signing is too slow for the Runtime's.
void answerWithCertificate(ApiContext& context, HostId host, const std::string& csrPem, const Respond& respond) {
  auto certificate = context.deps.authority.issueHost(csrPem, host, context.now(), context.options.certificateLife);
  if (!certificate) return respondError(respond, std::move(certificate).error());
  respond(jsonResponse(200, wire::toJson(wire::EnrolReply{host, std::move(*certificate),
                                                          context.deps.authority.identity().certificatePem,
                                                          context.deps.rootKey, context.deps.project})));
}

void enrol(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (auto agent = requireAgentName(*request->peer); !agent) return respondError(respond, agent.error());
  auto enrolment = valueOr(wire::parseEnrolRequest(request->body), respond);
  if (!enrolment) return;
  if (auto version = wire::commonVersion(enrolment->protocol); !version) return respondError(respond, version.error());
  const auto key = valueOr(certs::keyOfSigningRequest(enrolment->csrPem), respond);
  if (!key) return;
  context.deps.runtime.post(
      core::EnrolHost{certs::secretHash(enrolment->token), *key, std::move(enrolment->description)},
      [&context, respond, csr = std::move(enrolment->csrPem)](ReplyBody reply) {
        if (!reply) return respondError(respond, std::move(reply).error());
        const HostId host = std::get<core::HostEnrolled>(*reply).host;
        runOn(context.calls, respond,
              [&context, host, csr, respond] { answerWithCertificate(context, host, csr, respond); });
      });
}

void renew(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  const auto host = valueOr(context.identities.renewingHostOf(*request->peer), respond);
  if (!host) return;
  auto renewal = valueOr(wire::parseRenewRequest(request->body), respond);
  if (!renewal) return;
  if (auto version = wire::commonVersion(renewal->protocol); !version) return respondError(respond, version.error());
  const auto key = valueOr(certs::keyOfSigningRequest(renewal->csrPem), respond);
  if (!key) return;
  if (*key != host->key) {
    return respondError(respond, {ErrorCode::kForbidden, "A certificate is renewed for the same key only.",
                                  "Sign the request with the key of the old certificate, or join again."});
  }
  context.deps.runtime.query(
      [&context, host = *host, csr = std::move(renewal->csrPem), respond](const core::Dispatcher& dispatcher) {
        if (auto known = dispatcher.hostWithKey(host.host, host.key); !known)
          return respondError(respond, known.error());
        runOn(context.calls, respond,
              [&context, id = host.host, csr, respond] { answerWithCertificate(context, id, csr, respond); });
      });
}

/// One sync under way.
struct SyncCall {
  certs::HostCertificate host;
  wire::SyncRequest request;
  std::uint32_t protocol = 0;
  Review review;
};

void answerSync(ApiContext& context, core::SyncOutcome outcome, const SyncCall& call, const Respond& respond) {
  const wire::SyncReply reply = makeSyncReply(context, std::move(outcome), call.review, call.protocol);
  for (const wire::ResultAck& ack : reply.acks) {
    if (ack.verdict == wire::AckVerdict::kRefused)
      context.refusals.resultRefused(call.host.host, ack.attempt, ack.reason);
  }
  respond(jsonResponse(200, wire::toJson(reply)));
}

void finishSync(ApiContext& context, ReplyBody reply, const std::shared_ptr<SyncCall>& call, const Respond& respond) {
  if (!reply) return respondError(respond, std::move(reply).error());
  auto& outcome = std::get<core::SyncOutcome>(*reply);
  if (canReplyAtOnce(context, outcome)) return answerSync(context, std::move(outcome), *call, respond);
  runOn(context.calls, respond, [&context, outcome = std::move(outcome), call, respond]() mutable {
    answerSync(context, std::move(outcome), *call, respond);
  });
}

void reviewAndPost(ApiContext& context, const std::shared_ptr<SyncCall>& call, const Respond& respond) {
  call->review = reviewResults(context, call->host.host, call->request.results);
  context.deps.runtime.post(
      core::SyncHost{call->host.host, call->host.key, std::move(call->request), call->review.missing},
      [&context, call, respond](ReplyBody reply) { finishSync(context, std::move(reply), call, respond); });
}

void sync(ApiContext& context, const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
  auto parsed = valueOr(wire::parseSyncRequest(request->body), respond);
  if (!parsed) return;
  const auto version = valueOr(wire::commonVersion(parsed->protocol), respond);
  if (!version) return;
  auto call = std::make_shared<SyncCall>(SyncCall{host, std::move(*parsed), *version, {}});
  if (canReviewAtOnce(context, call->request.results)) return reviewAndPost(context, call, respond);
  runOn(context.calls, respond, [&context, call, respond] { reviewAndPost(context, call, respond); });
}

}  // namespace

void addAgentRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kPost, "/agent/v1/enrol",
                [&context](const RequestPtr& request, const Respond& respond) { enrol(context, request, respond); });
  routes.anyone(Method::kPost, "/agent/v1/renew",
                [&context](const RequestPtr& request, const Respond& respond) { renew(context, request, respond); });
  routes.host(Method::kPost, "/agent/v1/sync",
              [&context](const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
                sync(context, host, request, respond);
              });
}

}  // namespace hearth::server
