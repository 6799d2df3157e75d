// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/connection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <poll.h>

namespace hearth::server {
namespace {

constexpr Duration kHandshakeTimeout = Duration::seconds(10);
/// For the turn to begin one: clients give up earlier.
constexpr Duration kQueueTimeout = Duration::minutes(1);
/// Who says nothing for so long in the middle of a handshake does not keep others from theirs.
constexpr std::chrono::milliseconds kSilence{500};
constexpr Duration kLingerTimeout = Duration::seconds(2);
/// What a slow client must move at least within options.requestTimeout.
constexpr std::size_t kProgressBytes = 16 * limits::kKiB;
constexpr std::size_t kFirstBufferBytes = 4 * limits::kKiB;
constexpr std::size_t kIdleBufferBytes = 16 * limits::kKiB;
/// A head over limits::kHeaderBytes must fit, so that the parser sees that it is too long.
constexpr std::size_t kHeadBufferBytes = limits::kHeaderBytes + limits::kKiB;
constexpr std::size_t kBodyBufferBytes = 64 * limits::kKiB;

}  // namespace

Connection::Connection(Loop& loop, Socket socket, std::string address)
    : m_loop(loop), m_socket(std::move(socket)), m_address(std::move(address)) {}

Task<> Connection::run() {
  const auto self = shared_from_this();
  bool goOn = co_await handshake();
  while (goOn) goOn = co_await serve();
  endHandshake();
  co_await leave();
}

Task<bool> Connection::handshake() {
  HandshakeQueue& queue = m_loop.handshakes;
  const Duration timeout = std::min(kHandshakeTimeout, m_loop.server.options.requestTimeout);
  enter(Phase::kHandshake, timeout);
  bool going = co_await ready(Socket::wait_read);
  if (!going) co_return false;
  enter(Phase::kHandshake, kQueueTimeout);
  co_await queue.begin();
  m_begun = true;
  TlsStep step = beginHandshake() ? m_tls->handshake() : TlsStep::kClosed;
  queue.leave();
  enter(Phase::kHandshake, timeout);
  while (step == TlsStep::kWantRead || step == TlsStep::kWantWrite) {
    m_quietUntil = Clock::now() + kSilence;
    going = co_await ready(step == TlsStep::kWantRead ? Socket::wait_read : Socket::wait_write);
    if (!going) co_return false;
    co_await queue.goOn();
    step = m_aborted ? TlsStep::kClosed : m_tls->handshake();
    queue.leave();
  }
  endHandshake();
  if (step == TlsStep::kClosed) {
    if (m_tls && !m_tls->failure().empty()) m_loop.server.logHandshakeFailure(m_address, m_tls->failure());
    co_return false;
  }
  m_peer = std::make_shared<const Peer>(m_tls->peer(m_address));
  co_return true;
}

/// False if there is nobody left to shake hands with: who waited long may have given up, and a handshake is dear.
bool Connection::beginHandshake() {
  pollfd client{m_socket.native_handle(), POLLRDHUP, 0};
  if (m_aborted || ::poll(&client, 1, 0) != 0) return false;
  ErrorCodeOut ignored;
  m_socket.non_blocking(true, ignored);
  m_socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  auto session = m_loop.server.tls.open(m_socket.native_handle());
  if (!session) return false;
  m_tls = std::move(*session);
  return true;
}

Task<> Connection::leave() {
  if (!m_aborted && m_tls) {
    enter(Phase::kLeaving, kLingerTimeout);
    m_tls->close();
    ErrorCodeOut failed;
    m_socket.shutdown(Socket::shutdown_send, failed);
    // Closing over unread bytes would reset the connection, and the answer to them with it.
    std::array<char, 16 * limits::kKiB> scrap;
    while (m_linger && !failed) {
      m_socket.read_some(asio::buffer(scrap), failed);
      if (failed != asio::error::would_block) continue;
      failed.clear();
      const bool more = co_await ready(Socket::wait_read);
      if (!more) break;
    }
  }
  m_loop.remove(*this);
}

Task<bool> Connection::ready(Socket::wait_type what) {
  ErrorCodeOut failed;
  if (m_aborted) co_return false;
  co_await m_socket.async_wait(what, asio::redirect_error(kAwait, failed));
  co_return !failed && !m_aborted;
}

/// A client that sends or reads faster than we do must not keep the thread to itself.
Task<> Connection::letOthersRun() { co_await asio::post(m_socket.get_executor(), kAwait); }

void Connection::enter(Phase phase, Duration timeout) {
  m_phase = phase;
  m_progress = 0;
  m_deadline = Clock::now() + std::chrono::microseconds(timeout.micros);
}

void Connection::progress(std::size_t bytes) {
  m_progress += bytes;
  if (m_progress >= kProgressBytes) enter(m_phase, m_loop.server.options.requestTimeout);
}

void Connection::endHandshake() {
  if (std::exchange(m_begun, false)) m_loop.handshakes.end();
}

bool Connection::isDue(Clock::time_point now) const {
  if (m_phase == Phase::kHandshake && m_begun && now >= m_quietUntil) return true;
  if (m_phase == Phase::kStreaming && now >= m_quietUntil) return true;
  return m_phase != Phase::kHandling && m_phase != Phase::kStreaming && now >= m_deadline;
}

void Connection::sweep(Clock::time_point now) {
  if (m_phase == Phase::kStreaming) {
    m_commentDue = true;
    m_wake.raise();
  } else if (now >= m_deadline) {
    abort();
  } else {
    endHandshake();
  }
}

void Connection::abort() {
  if (std::exchange(m_aborted, true)) return;
  // The descriptor stays until the coroutine has let go of it; cancel() alone would miss a wait that is about to start.
  ErrorCodeOut ignored;
  m_socket.shutdown(Socket::shutdown_both, ignored);
  m_socket.cancel(ignored);
  if (m_events) m_events->disconnect();
  m_wake.raise();
}

void Connection::drain() {
  m_keepAlive = false;
  if (m_phase == Phase::kIdle) {
    m_tls->close();
    abort();
  } else if (m_phase == Phase::kHandshake) {
    abort();
  } else if (m_events) {
    m_events->close();
  }
}

void Connection::makeRoom(std::size_t capacity) {
  if (m_begin == m_end) m_begin = m_end = 0;
  if (m_begin > 0 && (m_end == m_in.size() || m_in.size() < capacity)) {
    std::memmove(m_in.data(), m_in.data() + m_begin, m_end - m_begin);
    m_end -= m_begin;
    m_begin = 0;
  }
  if (m_end == m_in.size() && m_in.size() < capacity) {
    m_in.resize(std::min(capacity, std::max(kFirstBufferBytes, m_in.size() * 2)));
  }
}

/// Reads at least one byte behind unread(); `greedy`: all that is there, as far as the buffer holds it. False: the
/// connection is over, or the buffer is full at that capacity.
Task<bool> Connection::receive(std::size_t capacity, bool greedy) {
  makeRoom(capacity);
  bool got = false;
  while (m_end < m_in.size()) {
    if (m_readable || m_tls->hasPending()) {
      const auto moved = m_tls->read(m_in.data() + m_end, m_in.size() - m_end);
      if (moved.step == TlsStep::kClosed) co_return got;
      if (moved.step == TlsStep::kDone) {
        m_end += moved.count;
        if (m_phase == Phase::kBody) progress(moved.count);
        got = true;
        m_readable = greedy;
        if (greedy) continue;
        co_return true;
      }
      m_readable = false;
      if (got) co_return true;
      const auto what = moved.step == TlsStep::kWantWrite ? Socket::wait_write : Socket::wait_read;
      const bool going = co_await ready(what);
      if (!going) co_return false;
    } else {
      const bool going = co_await ready(Socket::wait_read);
      if (!going) co_return false;
    }
    m_readable = true;
  }
  co_return got;
}

/// True once the head of a request is there. A refusal of it is answered here.
Task<bool> Connection::receiveHead() {
  m_parser.start();
  enter(Phase::kIdle, m_loop.server.options.idleTimeout);
  for (;;) {
    if (m_begin != m_end) {
      if (m_phase == Phase::kIdle) enter(Phase::kHead, m_loop.server.options.requestTimeout);
      std::size_t consumed = 0;
      const auto step = m_parser.feed(unread(), consumed);
      m_begin += consumed;
      if (step == RequestParser::Step::kHead) co_return true;
      if (step == RequestParser::Step::kFailed) {
        co_await refuse(m_parser.failure());
        co_return false;
      }
    } else if (m_in.size() > kIdleBufferBytes) {
      m_in = {};
      m_begin = m_end = 0;
    }
    const bool more = co_await receive(kHeadBufferBytes, false);
    if (!more) co_return false;
  }
}

/// Feeds the body to its target as it comes. kRefused: m_parser.failure() is the answer.
Task<Connection::Body> Connection::receiveBody(BodyTarget& target, bool inLargePieces) {
  m_parser.setBody(target);
  enter(Phase::kBody, m_loop.server.options.requestTimeout);
  if (m_begin == m_end && m_parser.isHttp11() && !m_parser.request()->header("expect").empty()) {
    const bool sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return Body::kBroken;
  }
  if (inLargePieces && m_in.size() < kBodyBufferBytes) m_in.resize(kBodyBufferBytes);
  for (;;) {
    if (m_begin != m_end) {
      std::size_t consumed = 0;
      const auto step = m_parser.feed(unread(), consumed);
      m_begin += consumed;
      if (step == RequestParser::Step::kDone) co_return Body::kComplete;
      // A chunk's header that fills the whole buffer is none.
      if (step == RequestParser::Step::kFailed || unread().size() >= kBodyBufferBytes) co_return Body::kRefused;
    }
    const bool more = co_await receive(kBodyBufferBytes, true);
    if (!more) co_return Body::kBroken;
    if (m_readable) co_await letOthersRun();
  }
}

}  // namespace hearth::server
