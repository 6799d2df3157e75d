// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace hearth::server {

/// Calls a function every so often on a thread of its own, the first time after one period, until it is destroyed.
class Housekeeping {
 public:
  Housekeeping(std::chrono::seconds period, std::function<void()> work)
      : m_period(period), m_work(std::move(work)), m_thread([this] { run(); }) {}
  ~Housekeeping() {
    {
      const std::lock_guard lock(m_mutex);
      m_stopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
  }
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

 private:
  void run() {
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, m_period, [this] { return m_stopping; })) {
      lock.unlock();
      m_work();
      lock.lock();
    }
  }

  const std::chrono::seconds m_period;
  const std::function<void()> m_work;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_stopping = false;  ///< guarded by m_mutex
  std::thread m_thread;
};

}  // namespace hearth::server
