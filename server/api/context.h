// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>

#include "server/api/agent_identities.h"
#include "server/api/api.h"
#include "server/api/bounded_cache.h"
#include "server/api/draft_files.h"
#include "server/api/event_hub.h"
#include "server/api/failure_groups.h"
#include "server/api/metrics.h"
#include "server/api/outbox.h"
#include "server/api/packages.h"
#include "server/api/prepared_batch.h"
#include "server/api/progress_log.h"
#include "server/api/rate_limit.h"
#include "server/api/received_blobs.h"
#include "server/api/refusal_log.h"
#include "server/api/results_zip.h"
#include "server/api/sessions.h"
#include "server/api/stored_bytes.h"
#include "server/api/why.h"
#include "server/api/worker_pool.h"
#include "server/blob/blob_store.h"
#include "server/oidc/sign_ins.h"
#include "server/runtime/runtime.h"

namespace hearth::server {

/// What the handlers share: the dependencies and everything that the Api owns. Outlives every handler's call; safe for
/// any thread.
struct ApiContext {
  static constexpr std::size_t kZipPlans = 16;
  static constexpr std::size_t kWhys = 256;

  ApiContext(ApiDependencies given, ApiOptions chosen);

  ApiDependencies deps;
  ApiOptions options;
  Metrics metrics;
  RefusalLog refusals;
  Sessions sessions;
  AgentIdentities identities;
  PreparedBatches prepared;
  Packages packages;
  ReceivedBlobs received;
  EventHub events;
  DraftFiles draftFiles;
  std::atomic<bool> ending{false};  ///< long work is to be given up
  BoundedCache<int, std::pair<Instant, wire::FiguresView>> figures{1};
  StoredBytes stored;
  OidcSignIns oidc;
  RateLimit attemptsFrom{{30, Duration::seconds(10)}, 20'000};  ///< to sign in or up, by address
  RateLimit attemptsAt{{10, Duration::seconds(30)}, 20'000};    ///< that failed, by account
  const PasswordHash decoy;                                     ///< what a name without a password is checked against
  ProgressLog progress;
  FailureGroups failures;
  Outbox outbox;
  BoundedCache<BatchId, std::shared_ptr<const Why>> whys{kWhys};
  BoundedCache<std::string, std::shared_ptr<const ZipPlan>> zips{kZipPlans};  ///< by entity tag
  // Last, and each after those that its jobs use, so that threads end before what they need. Apart, so that a list that
  // takes seconds to scan, or a disk that takes seconds to flush, holds up its like only.
  WorkerPool uploads;      ///< flushing blobs
  WorkerPool calls;        ///< agents' calls that need the disk, and answers that must be read
  WorkerPool lists;        ///< scanning lists
  WorkerPool submissions;  ///< checking what is submitted or published, file by file
  WorkerPool passwords;    ///< hashing passwords
  WorkerPool forms;        ///< checking manifests as they are typed
  WorkerPool arrivals;     ///< unpacking archives and fetching files, for minutes
  WorkerPool parties;      ///< asking other parties that sign people in
  WorkerPool scans;        ///< looking through all rows of a batch

  Instant now() const { return deps.clock(); }
};

}  // namespace hearth::server
