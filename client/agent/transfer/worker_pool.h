// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth::agent {

/// A few threads that do what blocks. They are started when there is work for them. The queue is not bounded here:
/// whoever posts has a bound on what is under way (bounds::kFetches and the like). Thread-safe.
class WorkerPool {
 public:
  explicit WorkerPool(unsigned most) : m_most(most) {}
  /// Does not start what is queued, waits for what is under way.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void post(std::function<void()> job);

 private:
  void work();

  const unsigned m_most;
  std::mutex m_mutex;  ///< guards what follows
  std::condition_variable m_changed;
  std::deque<std::function<void()>> m_jobs;
  std::vector<std::thread> m_threads;
  unsigned m_idle = 0;
  bool m_ending = false;
};

}  // namespace hearth::agent
