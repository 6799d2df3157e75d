// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "agent/transfer/blob_cache.h"
#include "agent/transfer/package_store.h"
#include "agent/transfer/server_link.h"
#include "agent/transfer/task_folder.h"
#include "agent/transfer/worker_pool.h"
#include "agent_core/event.h"
#include "agent_core/task_plan.h"
#include "agent_core/work.h"
#include "base/ids.h"

namespace hearth::agent {

/// A task that can start: its folder is laid out, its package checked.
struct Prepared {
  TaskPlan plan;
  std::shared_ptr<const PackageStore::Ready> package;
};

/// Carries out Fetch, Upload and Abandon of the core on a few threads, and answers with events. The calls return at
/// once and are made by the loop's thread; `tell` is called on a thread of its own.
class Transfers {
 public:
  Transfers(ServerLink& link, BlobCache& cache, PackageStore& packages, std::filesystem::path tasks,
            std::string platform, std::function<Instant()> wallClock, std::function<void(Event)> tell);
  /// Gives up what is under way; no event comes afterwards.
  ~Transfers();

  /// Where `fromServer` is not set, only from what the cache holds.
  void fetch(Work work, bool fromServer);
  void upload(AttemptId attempt, std::vector<Digest> blobs);
  void sendCheckpoint(AttemptId attempt, Checkpoint checkpoint);
  void abandon(AttemptId attempt);
  /// What a successful fetch made of the attempt, until it is forgotten.
  std::shared_ptr<const Prepared> prepared(AttemptId attempt) const;
  void forget(AttemptId attempt);

 private:
  using Flag = std::shared_ptr<std::atomic<bool>>;
  Flag begin(AttemptId attempt);
  void end(AttemptId attempt, Event event);
  Result<void> fetchNow(const Work& work, ServerLink& link, const std::atomic<bool>& cancelled);
  Event uploadNow(AttemptId attempt, const std::vector<Digest>& blobs, const std::atomic<bool>& cancelled);

  ServerLink& m_link;
  const std::unique_ptr<ServerLink> m_closed;  ///< of a network that is not to be used
  BlobCache& m_cache;
  PackageStore& m_packages;
  const std::filesystem::path m_tasks;
  const std::string m_platform;
  const std::function<Instant()> m_wallClock;
  const std::function<void(Event)> m_tell;
  std::atomic<bool> m_closing{false};
  mutable std::mutex m_mutex;  ///< guards what follows
  std::map<AttemptId, Flag> m_underWay;
  std::map<AttemptId, std::shared_ptr<const Prepared>> m_prepared;
  WorkerPool m_pool;  ///< last: its threads use all of the above
};

}  // namespace hearth::agent
