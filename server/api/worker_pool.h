// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth::server {

/// A few threads for work that would hold up an HTTP thread or the Runtime: reading a large blob, building the index of
/// a list. The queue is bounded. Any thread may call.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  WorkerPool(std::size_t threads, std::size_t queue);
  /// Finishes the jobs that run, drops those that wait.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool is ending: the job was not taken and will not run.
  [[nodiscard]] bool post(Job job);

 private:
  void run();

  std::mutex m_mutex;  // guards m_jobs and m_ending
  std::condition_variable m_wake;
  std::deque<Job> m_jobs;
  bool m_ending = false;
  const std::size_t m_limit;
  std::vector<std::thread> m_threads;
};

}  // namespace hearth::server
