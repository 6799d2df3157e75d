// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/internal/event_queue.h"
#include "server/http/internal/loop.h"
#include "server/http/internal/owned_response.h"
#include "server/http/internal/request_parser.h"
#include "server/http/internal/tls.h"

namespace hearth::server {

/// One connection: handshake, then request after request, each answered before the next is read. A coroutine on its
/// loop's thread; all members are called there.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Socket socket, std::string address);

  Task<> run();

  /// Whether sweep() has something to do.
  bool isDue(Clock::time_point now) const;
  void sweep(Clock::time_point now);
  /// Ends it now; whatever it waits for returns.
  void abort();
  /// Ends it when the request under way is answered.
  void drain();

  /// The answer to the exchange of that number; a late one for another is dropped.
  void deliver(std::uint64_t exchange, OwnedResponse response);
  /// Whether the handler of that exchange is on the stack right now, so that its answer needs no detour.
  bool isHandling(std::uint64_t exchange) const { return m_inHandler && m_exchange == exchange; }

 private:
  enum class Phase { kHandshake, kIdle, kHead, kBody, kHandling, kSending, kStreaming, kLeaving };
  enum class Body { kComplete, kRefused, kBroken };

  Task<bool> handshake();
  bool beginHandshake();
  Task<bool> serve();
  Task<> leave();

  // Receiving
  Task<bool> receiveHead();
  Task<bool> receive(std::size_t capacity, bool greedy);
  Task<Body> receiveBody(BodyTarget& target, bool inLargePieces);
  void makeRoom(std::size_t capacity);
  std::string_view unread() const { return {m_in.data() + m_begin, m_end - m_begin}; }

  // Answering
  std::optional<Response> admit(const std::shared_ptr<Request>& request, const Router::Route*& route,
                                std::shared_ptr<BodySink>& sink);
  bool isBodyWorthReading() const;
  Task<bool> refuse(Response response);
  Task<bool> take(std::shared_ptr<Request> request, const Router::Route& route, std::shared_ptr<BodySink> sink);
  Respond beginExchange(std::shared_ptr<BodySink> sink);
  Task<bool> finishExchange(Method method);

  // Sending
  Task<bool> send(OwnedResponse response, Method method);
  Task<bool> sendBody(const Response& response, bool headOnly, bool chunked);
  Task<bool> sendApart(std::string_view text);
  Task<bool> sendFile(FileBody file);
  Task<bool> sendPulled(PulledBody body);
  Task<bool> sendEvents(const EventSource& source, bool chunked);
  Task<bool> write(std::string_view bytes);
  void watchReader();

  Task<bool> ready(Socket::wait_type what);
  Task<> letOthersRun();
  void enter(Phase phase, Duration timeout);
  void progress(std::size_t bytes);
  void endHandshake();

  Loop& m_loop;
  Socket m_socket;
  std::string m_address;
  std::unique_ptr<TlsSession> m_tls;
  std::shared_ptr<const Peer> m_peer;
  RequestParser m_parser;

  Phase m_phase = Phase::kHandshake;
  Clock::time_point m_deadline;
  Clock::time_point m_quietUntil;  // handshake: lets others begin then; streaming: sends a comment then
  std::size_t m_progress = 0;      // bytes since the deadline was last put off
  bool m_begun = false;            // counts as a handshake under way
  bool m_readable = false;
  bool m_aborted = false;
  bool m_keepAlive = true;
  bool m_linger = false;
  bool m_inHandler = false;
  bool m_commentDue = false;

  std::vector<char> m_in;
  std::size_t m_begin = 0;
  std::size_t m_end = 0;
  std::string m_out;

  std::uint64_t m_exchange = 0;
  std::optional<OwnedResponse> m_reply;
  Wakeup m_wake;
  std::shared_ptr<EventQueue> m_events;
};

}  // namespace hearth::server
