// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/internal/asio.h"
#include "server/http/internal/handshake_queue.h"
#include "server/http/internal/owned_response.h"
#include "server/http/internal/tls.h"

namespace hearth::server {

class Connection;

/// What all threads of a server share. Outlives them.
struct ServerState {
  HttpServerOptions options;
  const Router& router;
  TlsContexts tls;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> bodyBytes{0};  ///< of large request bodies in memory
  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> nextLogSecond{0};

  // At most one line a second.
  void logHandshakeFailure(const std::string& address, const std::string& reason);
  void logFull();

 private:
  bool mayLog();
};

/// A response on its way to the connection that waits for it.
struct Answer {
  std::weak_ptr<Connection> connection;
  std::uint64_t exchange = 0;
  OwnedResponse response;
};

/// One thread and the connections that live on it. Deadlines are kept by one slow sweep over them instead of a timer
/// each. Held by shared_ptr because an answer may be given, on any thread, after the server is gone.
class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(ServerState& server);

  void run();                                   ///< on its own thread, until stop()
  void adopt(Socket socket, std::string peer);  ///< any thread; the socket is of this loop's context
  void hand(Answer answer);                     ///< any thread: to its connection, if that still lives
  void drain();                                 ///< any thread: idle connections go now, the others after their request
  void abortAll();                              ///< any thread
  void stop();                                  ///< any thread

  // On the loop's thread
  void remove(Connection& connection);
  const std::string& date() const { return m_date; }

  asio::io_context context{1};
  ServerState& server;
  HandshakeQueue handshakes;         ///< on the loop's thread
  std::atomic<std::size_t> load{0};  ///< its connections

 private:
  void deliverAnswers();
  void sweepLater();
  void sweep();

  asio::executor_work_guard<Executor> m_work{context.get_executor()};
  std::mutex m_answersMutex;
  std::vector<Answer> m_answers;  // guarded by m_answersMutex; the loop has been told when there are some
  Timer m_timer{context.get_executor()};
  Clock::duration m_period;
  std::string m_date;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> m_connections;
};

}  // namespace hearth::server
