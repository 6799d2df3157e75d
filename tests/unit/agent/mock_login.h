// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

struct sd_bus;

namespace hearth::agent::test {

/// A message bus of its own, and a login manager on it that has the sessions of the test. While it lives it is the
/// system's bus for this process.
class MockLogin {
 public:
  struct Session {
    std::uint32_t user = 0;
    std::string kind = "user";
    bool active = true;
    bool remote = false;
  };
  explicit MockLogin(std::vector<Session> sessions);
  ~MockLogin();
  MockLogin(const MockLogin&) = delete;
  MockLogin& operator=(const MockLogin&) = delete;

  void set(std::vector<Session> sessions);
  std::vector<Session> sessions() const;
  int asked() const { return m_asked; }
  void countQuestion() { ++m_asked; }

 private:
  void serve();

  pid_t m_daemon = 0;
  std::string m_address;
  mutable std::mutex m_mutex;  ///< guards the sessions
  std::vector<Session> m_sessions;
  std::atomic<bool> m_ending = false;
  std::atomic<int> m_asked = 0;
  sd_bus* m_bus = nullptr;
  std::thread m_thread;
};

}  // namespace hearth::agent::test
