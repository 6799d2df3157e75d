// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/handshake_queue.h"

namespace hearth::server {

Task<> HandshakeQueue::begin() { co_await wait(m_fresh); }

Task<> HandshakeQueue::goOn() { co_await wait(m_begun); }

Task<> HandshakeQueue::wait(std::deque<Wakeup*>& line) {
  Wakeup turn;
  line.push_back(&turn);
  next();
  co_await turn.wait();
}

void HandshakeQueue::leave() {
  if (m_begun.empty() && m_fresh.empty()) {
    m_busy = false;
    return;
  }
  asio::post(m_executor, [this] {  // behind what is ready now
    m_busy = false;
    next();
  });
}

void HandshakeQueue::end() {
  --m_open;
  if (m_busy || m_fresh.empty()) return;
  asio::post(m_executor, [this] { next(); });  // not from here: it might end too, and so on, on one stack
}

void HandshakeQueue::next() {
  if (m_busy) return;
  const bool mayBegin = !m_fresh.empty() && m_open < m_atOnce;
  if (m_begun.empty() && !mayBegin) return;
  auto& line = m_begun.empty() ? m_fresh : m_begun;
  Wakeup* const turn = line.front();
  line.pop_front();
  if (&line == &m_fresh) ++m_open;
  m_busy = true;
  turn->raise();
}

}  // namespace hearth::server
