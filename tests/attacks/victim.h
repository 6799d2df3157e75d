// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <sys/resource.h>
#include <sys/types.h>

namespace hearth::attacks {

/// A process of the task's user that does nothing, keeps a secret in its memory, and says when it was sent a signal.
class Victim {
 public:
  /// Forked from the agent; becomes `user` where the agent is root.
  explicit Victim(uid_t user);
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  pid_t pid() const { return m_pid; }
  /// The address of its secret, in hexadecimal.
  static std::string secret();
  /// What was done to it; empty: nothing. A signal is waited for so long: the victim may have to wait for a processor.
  std::string harm(std::chrono::milliseconds patience) const;

 private:
  pid_t m_pid = -1;
  int m_cries = -1;
  int m_nice = 0;
  rlimit m_files{};
};

}  // namespace hearth::attacks
