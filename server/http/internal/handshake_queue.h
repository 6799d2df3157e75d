// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>

#include "server/http/internal/asio.h"

namespace hearth::server {

/// The handshakes of one loop take turns: a step of one (a millisecond of computing) between two rounds over everything
/// else that is ready, so that thousands of them keep no request waiting. What was begun is finished first, and only so
/// many are begun at once: those who come first are served first, long before the last one is. All calls on the loop's
/// thread.
class HandshakeQueue {
 public:
  HandshakeQueue(Executor executor, std::size_t atOnce) : m_executor(executor), m_atOnce(atOnce) {}

  /// Waits until this handshake may begin; then its first step runs, then leave().
  Task<> begin();
  /// Waits for the turn of one that was begun; then its next step runs, then leave().
  Task<> goOn();
  /// The step is done.
  void leave();
  /// One that was begun is over, or too slow to keep others from beginning.
  void end();

 private:
  Task<> wait(std::deque<Wakeup*>& line);
  void next();

  Executor m_executor;
  const std::size_t m_atOnce;
  std::deque<Wakeup*> m_fresh, m_begun;  // each of a coroutine that waits in wait()
  std::size_t m_open = 0;                // begun and not ended
  bool m_busy = false;
};

}  // namespace hearth::server
