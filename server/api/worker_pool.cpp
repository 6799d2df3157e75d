// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/worker_pool.h"

#include <utility>

namespace hearth::server {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue) : m_limit(queue) {
  m_threads.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) m_threads.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(m_mutex);
    m_ending = true;
    dropped.swap(m_jobs);
  }
  m_wake.notify_all();
  for (std::thread& thread : m_threads) thread.join();
}

bool WorkerPool::post(Job job) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_ending || m_jobs.size() >= m_limit) return false;
    m_jobs.push_back(std::move(job));
  }
  m_wake.notify_one();
  return true;
}

void WorkerPool::run() {
  std::unique_lock lock(m_mutex);
  while (true) {
    m_wake.wait(lock, [this] { return m_ending || !m_jobs.empty(); });
    if (m_ending) return;
    Job job = std::move(m_jobs.front());
    m_jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace hearth::server
