// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/api.h"

#include <utility>

#include "certs/password.h"
#include "server/api/batch_news.h"
#include "server/api/context.h"
#include "server/api/drafts.h"
#include "server/api/group_parts.h"
#include "server/api/half_sign_in.h"
#include "server/api/identity_routes.h"

namespace hearth::server {

ApiContext::ApiContext(ApiDependencies given, ApiOptions chosen)
    : deps(std::move(given)),
      options(std::move(chosen)),
      refusals(deps.clock),
      sessions(deps.read, deps.clock, options.tokenCacheLife,
               [this](const Digest& token, Instant at) {
                 deps.runtime.commit(db::Unit{{AccessTokenSeen{token, at}}}, [](const Result<db::Outcome>&) {});
               }),
      identities(deps.clock, options.renewalGrace),
      prepared(deps.read, deps.blobs, options.cachedSpecBytes),
      packages(deps.read, deps.blobs),
      events(options.watchersPerAccount),
      draftFiles(deps.read),
      stored(deps.read, deps.clock, options.quota),
      oidc(options.oidc),
      decoy(certs::decoyPassword(options.accounts.passwordCost)),
      failures(deps.read, deps.blobs),
      outbox(deps.runtime, deps.read, options.messages, deps.clock),
      uploads(2, options.waitingJobs),
      calls(2, options.waitingJobs),
      lists(1, options.waitingJobs),
      submissions(1, options.waitingJobs),
      passwords(options.accounts.passwordThreads, options.accounts.waitingPasswords),
      forms(1, options.waitingJobs),
      arrivals(2, options.waitingJobs),
      parties(2, 64),
      scans(1, options.waitingJobs) {}

struct Api::State {
  State(ApiDependencies dependencies, ApiOptions options) : context(std::move(dependencies), std::move(options)) {}
  ApiContext context;
};

Api::Api(ApiDependencies dependencies, ApiOptions options)
    : m_state(std::make_unique<State>(std::move(dependencies), std::move(options))) {}

Api::~Api() { closeStreams(); }

void Api::addRoutes(Router& router) {
  ApiContext& context = m_state->context;
  context.deps.runtime.onNotice([&context](const core::BatchNotice& notice) {
    context.events.notice(notice);
    noteProgress(context, notice);
    if (notice.progress.state == BatchState::kDone) context.outbox.wake();
  });
  Routes routes(router, context);
  addStatusRoutes(routes, context);
  addContributionRoutes(routes, context);
  addAgentRoutes(routes, context);
  addAgentBlobRoutes(routes, context);
  addUploadRoutes(routes, context);
  addTusRoutes(routes, context);
  addSubmissionRoutes(routes, context);
  addDraftRoutes(routes, context);
  addDraftSubmissionRoutes(routes, context);
  addManifestRoutes(routes, context);
  addArchiveRoutes(routes, context);
  addBatchRoutes(routes, context);
  addBatchFollowRoutes(routes, context);
  addResultRoutes(routes, context);
  addDownloadRoutes(routes, context);
  addResultViewRoutes(routes, context);
  addShareRoutes(routes, context);
  addNotificationRoutes(routes, context);
  addHostRoutes(routes, context);
  addApplicationRoutes(routes, context);
  addAccountRoutes(routes, context);
  addSessionRoutes(routes, context);
  addHalfSignInRoutes(routes, context);
  addSignUpRoutes(routes, context);
  addPasswordRoutes(routes, context);
  addSecondStepRoutes(routes, context);
  addAccountEndRoutes(routes, context);
  addRoleRoutes(routes, context);
  addIdentityLinkRoutes(routes, context);
  addGroupRoutes(routes, context);
  addQuotaRoutes(routes, context);
}

ApiContext& Api::context() { return m_state->context; }

void Api::keepHouse() { sweepDrafts(m_state->context); }

void Api::startMessages() { m_state->context.outbox.start(); }

void Api::closeStreams() {
  m_state->context.ending = true;
  m_state->context.outbox.stop();
  m_state->context.events.close();
}

}  // namespace hearth::server
