// SPDX-License-Identifier: GPL-3.0-or-later
// Enrolment, renewal and sync (docs/protocol.md, "Agents").
#include <utility>

#include "certs/secret.h"
#include "server/api/routes.h"
#include "server/api/sync.h"
#include "wire/project.h"

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

wire::ProjectView projectOf(const ApiContext& context) {
  return {context.deps.project, context.options.about, "https://" + context.deps.publicAddress + "/about",
          context.options.uses};
}

/// What the owner of a host may want to see: which project it serves, for whom, and what came of it.
void showHostsProject(ApiContext& context, const certs::HostCertificate& host, const Respond& respond) {
  context.deps.runtime.query([&context, host, respond](const core::Dispatcher& dispatcher) {
    const auto known = dispatcher.hostWithKey(host.host, host.key);
    if (!known) return respondError(respond, known.error());
    runOn(context.calls, respond, [&context, account = known->account, respond] {
      auto sums = valueOr(context.deps.read.contribution(account), respond);
      if (!sums) return;
      sums->account = {};
      wire::ProjectView view = projectOf(context);
      view.account = accountName(context, account);
      view.contribution = std::move(*sums);
      respond(jsonResponse(200, wire::toJson(view)));
    });
  });
}

/// What a join link leads to, for a person who has it before them and has not decided yet.
void showProject(ApiContext& context, const RequestPtr& request, const Respond& respond) {
  if (auto agent = requireAgentName(*request->peer); !agent) return respondError(respond, agent.error());
  auto asked = valueOr(wire::parseProjectRequest(request->body), respond);
  if (!asked) return;
  context.deps.runtime.query(
      [&context, token = certs::secretHash(asked->token), respond](const core::Dispatcher& dispatcher) {
        if (auto good = dispatcher.joinTokenGood(token, context.now()); !good)
          return respondError(respond, good.error());
        respond(jsonResponse(200, wire::toJson(projectOf(context))));
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
  Respond respond;
  certs::HostCertificate host;
  wire::SyncRequest request;
  std::uint32_t protocol = 0;
  Review review;
  core::Event event;  ///< what the runtime is given; freed with the rest by the connection's thread
  core::SyncOutcome outcome;
};

std::string syncText(ApiContext& context, core::SyncOutcome outcome, const SyncCall& call) {
  const SyncAnswer answer = makeSyncAnswer(context, std::move(outcome), call.review, call.protocol);
  for (const wire::ResultAck& ack : answer.reply.acks) {
    if (ack.verdict == wire::AckVerdict::kRefused)
      context.refusals.resultRefused(call.host.host, ack.attempt, ack.reason);
  }
  return answer.toJson();
}

void finishSync(ApiContext& context, ReplyBody reply, const std::shared_ptr<SyncCall>& call) {
  if (!reply) return respondError(call->respond, std::move(reply).error());
  auto& outcome = std::get<core::SyncOutcome>(*reply);
  if (canReplyAtOnce(context, outcome)) {  // many come with one commit: each is put into words by its own connection
    call->outcome = std::move(outcome);
    return call->respond(
        jsonResponse(200, [&context, call] { return syncText(context, std::move(call->outcome), *call); }));
  }
  runOn(context.calls, call->respond, [&context, outcome = std::move(outcome), call]() mutable {
    call->respond(jsonResponse(200, syncText(context, std::move(outcome), *call)));
  });
}

void reviewAndPost(ApiContext& context, const std::shared_ptr<SyncCall>& call) {
  call->review = reviewResults(context, call->host.host, call->request.results);
  dropMissingCheckpoints(context, call->host.host, call->request.checkpoints);
  call->event.what =
      core::SyncHost{call->host.host, call->host.key, std::move(call->request), std::move(call->review.missing)};
  context.deps.runtime.post(std::shared_ptr<core::Event>(call, &call->event),
                            [&context, call](ReplyBody reply) { finishSync(context, std::move(reply), call); });
}

void sync(ApiContext& context, const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
  auto parsed = valueOr(wire::parseSyncRequest(request->body), respond);
  if (!parsed) return;
  const auto version = valueOr(wire::commonVersion(parsed->protocol), respond);
  if (!version) return;
  auto call = std::make_shared<SyncCall>(SyncCall{respond, host, std::move(*parsed), *version, {}, {}, {}});
  if (canReviewAtOnce(context, call->request.results)) return reviewAndPost(context, call);
  runOn(context.calls, respond, [&context, call] { reviewAndPost(context, call); });
}

}  // namespace

void addAgentRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kPost, "/agent/v1/enrol",
                [&context](const RequestPtr& request, const Respond& respond) { enrol(context, request, respond); });
  routes.anyone(Method::kPost, "/agent/v1/project", [&context](const RequestPtr& request, const Respond& respond) {
    showProject(context, request, respond);
  });
  routes.anyone(Method::kPost, "/agent/v1/renew",
                [&context](const RequestPtr& request, const Respond& respond) { renew(context, request, respond); });
  routes.host(Method::kGet, "/agent/v1/project",
              [&context](const certs::HostCertificate& host, const RequestPtr&, const Respond& respond) {
                showHostsProject(context, host, respond);
              });
  routes.host(Method::kPost, "/agent/v1/sync",
              [&context](const certs::HostCertificate& host, const RequestPtr& request, const Respond& respond) {
                sync(context, host, request, respond);
              });
}

}  // namespace hearth::server
