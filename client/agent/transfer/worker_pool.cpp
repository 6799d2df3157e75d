// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/worker_pool.h"

#include <utility>

#include <signal.h>

namespace hearth::agent {

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(m_mutex);
    m_ending = true;
    m_jobs.clear();
  }
  m_changed.notify_all();
  for (std::thread& thread : m_threads) thread.join();
}

void WorkerPool::post(std::function<void()> job) {
  const std::lock_guard lock(m_mutex);
  m_jobs.push_back(std::move(job));
  if (m_jobs.size() > m_idle && m_threads.size() < m_most) {
    m_threads.emplace_back([this] { work(); });
  } else {
    m_changed.notify_one();
  }
}

void WorkerPool::work() {
  sigset_t all;  // signals are the loop's
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(m_mutex);
  for (;;) {
    ++m_idle;
    m_changed.wait(lock, [this] { return m_ending || !m_jobs.empty(); });
    --m_idle;
    if (m_jobs.empty()) return;
    auto job = std::move(m_jobs.front());
    m_jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace hearth::agent
