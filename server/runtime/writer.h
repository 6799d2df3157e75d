// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/result.h"
#include "db/store.h"
#include "model/change.h"

namespace hearth::server {

/// The thread that makes every call to the store, one job at a time, so that the Dispatcher's thread never waits for a
/// disk. Owned by the runtime; start() is called by the Dispatcher's thread only, `report` runs on the writer's own.
class Writer {
 public:
  struct Restore {};
  using Job = std::variant<std::vector<db::Unit>, Restore, Load>;
  /// The units come back with what became of them: they are freed where they were made, by a thread whose allocator
  /// need not be locked for it.
  struct Applied {
    Result<std::vector<db::Outcome>> outcomes;
    std::vector<db::Unit> units;
  };
  /// The result of the job, by its kind.
  using Report = std::variant<Applied, Result<Snapshot>, Result<Loaded>>;

  Writer(std::shared_ptr<db::Store> store, std::function<void(Report)> report);
  /// Waits for the job under way.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// The job before it must have reported.
  void start(Job job);

 private:
  void run();
  Report work(Job job);

  std::shared_ptr<db::Store> m_store;
  std::function<void(Report)> m_report;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::optional<Job> m_job;  ///< guarded by m_mutex
  bool m_stopping = false;   ///< guarded by m_mutex
  std::thread m_thread;
};

}  // namespace hearth::server
