// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/http_server.h"

#include <algorithm>
#include <ctime>
#include <thread>
#include <vector>

#include <spdlog/spdlog.h>

#include "server/http/internal/loop.h"

namespace hearth::server {
namespace {

constexpr int kListenQueue = 4096;
constexpr std::size_t kAcceptedAtOnce = 256;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kDrainStep = std::chrono::milliseconds(5);
constexpr auto kAbortTime = std::chrono::seconds(5);

using Tcp = asio::ip::tcp;

std::string addressOf(const Socket& socket) {
  ErrorCodeOut failed;
  const auto address = socket.remote_endpoint(failed).address();
  if (failed) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

/// Owns the threads, the listening socket, which lives on the first of them, and what they share.
class ThreadedHttpServer final : public HttpServer {
 public:
  ThreadedHttpServer(HttpServerOptions options, const Router& router, TlsContexts tls);
  ~ThreadedHttpServer() override { drain(Duration{}); }

  Result<void> listen();
  void run();

  std::uint16_t port() const override { return m_port; }
  std::size_t openConnections() const override { return m_state.connections; }
  void useTicketKeys(TicketKeys keys) override { m_state.tls.useTicketKeys(std::move(keys)); }
  void drain(Duration grace) override;

 private:
  Task<> accept();
  void acceptOne(ErrorCodeOut& failed);
  Loop& leastLoaded();
  template <typename Condition>
  static bool holdsWithin(Clock::duration time, Condition condition);

  ServerState m_state;
  std::vector<std::shared_ptr<Loop>> m_loops;
  std::vector<std::thread> m_threads;
  std::optional<Acceptor> m_acceptor;
  std::optional<Timer> m_pause;
  std::atomic<bool> m_accepting{false};
  std::uint16_t m_port = 0;
};

ThreadedHttpServer::ThreadedHttpServer(HttpServerOptions options, const Router& router, TlsContexts tls)
    : m_state{std::move(options), router, std::move(tls)} {
  for (unsigned i = 0; i < std::max(1U, m_state.options.threads); ++i)
    m_loops.push_back(std::make_shared<Loop>(m_state));
}

Result<void> ThreadedHttpServer::listen() {
  const HttpServerOptions& options = m_state.options;
  const std::string where = options.address + ":" + std::to_string(options.port);
  ErrorCodeOut failed;
  const auto address = asio::ip::make_address(options.address, failed);
  if (failed) {
    return fail(ErrorCode::kInvalid, "'" + options.address + "' is no address to listen on",
                "Give an IP address of this machine, or 0.0.0.0 or :: for all.");
  }
  const Tcp::endpoint endpoint(address, options.port);
  m_acceptor.emplace(m_loops.front()->context);
  m_pause.emplace(m_loops.front()->context);
  m_acceptor->open(endpoint.protocol(), failed);
  if (!failed) m_acceptor->set_option(Acceptor::reuse_address(true), failed);
  if (!failed) m_acceptor->bind(endpoint, failed);
  if (!failed) m_acceptor->listen(kListenQueue, failed);
  if (!failed) m_acceptor->non_blocking(true, failed);
  if (failed) {
    return fail(ErrorCode::kIo, "cannot listen on " + where + ": " + failed.message(),
                failed == asio::error::access_denied
                    ? "Ports below 1024 need CAP_NET_BIND_SERVICE; a port such as 8443 does not."
                    : "See what listens there with: ss -ltnp");
  }
  m_port = m_acceptor->local_endpoint(failed).port();
  return {};
}

void ThreadedHttpServer::run() {
  m_accepting = true;
  asio::co_spawn(m_loops.front()->context, accept(), [this](const std::exception_ptr&) { m_accepting = false; });
  for (const auto& loop : m_loops) m_threads.emplace_back([loop] { loop->run(); });
}

Loop& ThreadedHttpServer::leastLoaded() {
  return **std::min_element(m_loops.begin(), m_loops.end(),
                            [](const auto& one, const auto& other) { return one->load < other->load; });
}

/// Takes who waits in the listen queue, which overflows if it is emptied one client a turn while handshakes are dear.
/// That they wait on this side of it costs a descriptor each and lets us see who has given up.
Task<> ThreadedHttpServer::accept() {
  while (!m_state.draining) {
    ErrorCodeOut failed;
    co_await m_acceptor->async_wait(Acceptor::wait_read, asio::redirect_error(kAwait, failed));
    for (std::size_t n = 0; n < kAcceptedAtOnce && !failed && !m_state.draining; ++n) acceptOne(failed);
    if (failed == asio::error::operation_aborted || !m_acceptor->is_open()) co_return;
    if (failed &&
        failed != asio::error::would_block) {  // out of descriptors, most likely: the client waits, we do not spin
      m_pause->expires_after(kAcceptPause);
      co_await m_pause->async_wait(asio::redirect_error(kAwait, failed));
    }
  }
}

void ThreadedHttpServer::acceptOne(ErrorCodeOut& failed) {
  Loop& loop = leastLoaded();
  Socket socket = m_acceptor->accept(loop.context.get_executor(), failed);
  if (failed == asio::error::connection_aborted) failed.clear();
  if (failed || !socket.is_open()) return;
  if (m_state.connections >= m_state.options.connections) return m_state.logFull();
  std::string peer = addressOf(socket);
  loop.adopt(std::move(socket), std::move(peer));
}

template <typename Condition>
bool ThreadedHttpServer::holdsWithin(Clock::duration time, Condition condition) {
  const auto end = Clock::now() + time;
  while (!condition() && Clock::now() < end) std::this_thread::sleep_for(kDrainStep);
  return condition();
}

void ThreadedHttpServer::drain(Duration grace) {
  if (m_threads.empty()) return;
  m_state.draining = true;
  asio::post(m_loops.front()->context, [this] {
    ErrorCodeOut ignored;
    m_acceptor->close(ignored);
    m_pause->cancel();
  });
  // A pending accept holds a socket of another loop, and the last client may still be on its way to one.
  bool ended = holdsWithin(kAbortTime, [this] { return !m_accepting; });
  for (const auto& loop : m_loops) loop->drain();
  const auto allGone = [this] { return m_state.connections == 0; };
  if (!holdsWithin(std::chrono::microseconds(grace.micros), allGone)) {
    for (const auto& loop : m_loops) loop->abortAll();
    ended = holdsWithin(kAbortTime, allGone) && ended;
  }
  if (!ended) {
    spdlog::error("connections did not end in time: a handler blocks its thread");
  }
  for (const auto& loop : m_loops) loop->stop();
  for (std::thread& thread : m_threads) thread.join();
  m_threads.clear();
}

}  // namespace

bool ServerState::mayLog() {
  const std::int64_t now = std::time(nullptr);
  std::int64_t next = nextLogSecond;
  return now >= next && nextLogSecond.compare_exchange_strong(next, now + 1);
}

void ServerState::logHandshakeFailure(const std::string& address, const std::string& reason) {
  if (mayLog()) spdlog::info("the TLS handshake with {} failed: {}", address, reason);
}

void ServerState::logFull() {
  if (mayLog())
    spdlog::warn("{} clients are connected, as many as may be: others are turned away", options.connections);
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, const Router& router) {
  try {
    auto tls = TlsContexts::make(options);
    if (!tls) return fail(std::move(tls).error());
    auto server = std::make_unique<ThreadedHttpServer>(std::move(options), router, std::move(*tls));
    HEARTH_TRY(server->listen());
    server->run();
    return std::unique_ptr<HttpServer>(std::move(server));
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kExhausted, std::string("the HTTPS server cannot start: ") + thrown.what(),
                "Look at the limits of the process: threads, descriptors, memory.");
  }
}

}  // namespace hearth::server
