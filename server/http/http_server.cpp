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
  void drain(Duration grace) override;

 private:
  Task<> accept();
  Task<> waitForSlot();
  void adopt(Socket socket, Loop& loop);
  Loop& leastLoaded();
  template <typename Condition>
  static bool holdsWithin(Clock::duration time, Condition condition);

  ServerState m_state;
  std::vector<std::shared_ptr<Loop>> m_loops;
  std::vector<std::thread> m_threads;
  std::optional<Acceptor> m_acceptor;
  std::optional<Timer> m_pause;
  Wakeup m_slotFree;
  std::atomic<bool> m_waitsForSlot{false};
  std::atomic<bool> m_accepting{false};
  std::uint16_t m_port = 0;
};

ThreadedHttpServer::ThreadedHttpServer(HttpServerOptions options, const Router& router, TlsContexts tls)
    : m_state{std::move(options), router, std::move(tls)} {
  m_state.handshakeOver = [this] {
    if (!m_waitsForSlot) return;
    asio::post(m_loops.front()->context, [this] { m_slotFree.raise(); });
  };
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

/// Every slot is a handshake that is being paid for; further clients wait in the listen queue, which costs nothing.
Task<> ThreadedHttpServer::waitForSlot() {
  while (m_state.handshakes >= m_state.options.handshakesAtOnce && !m_state.draining) {
    m_waitsForSlot = true;
    if (m_state.handshakes >= m_state.options.handshakesAtOnce) co_await m_slotFree.wait();
    m_waitsForSlot = false;
  }
}

Task<> ThreadedHttpServer::accept() {
  while (!m_state.draining) {
    co_await waitForSlot();
    Loop& loop = leastLoaded();
    ErrorCodeOut failed;
    Socket socket =
        co_await m_acceptor->async_accept(loop.context.get_executor(), asio::redirect_error(kAwait, failed));
    if (failed == asio::error::operation_aborted || !m_acceptor->is_open()) co_return;
    if (failed) {  // out of descriptors, most likely: the client waits, we do not spin
      m_pause->expires_after(kAcceptPause);
      co_await m_pause->async_wait(asio::redirect_error(kAwait, failed));
    } else if (m_state.connections < m_state.options.connections) {
      std::string peer = addressOf(socket);
      loop.adopt(std::move(socket), std::move(peer));
    }
  }
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
    m_slotFree.raise();
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

void ServerState::logHandshakeFailure(const std::string& address, const std::string& reason) {
  const std::int64_t now = std::time(nullptr);
  std::int64_t next = nextLogSecond;
  if (now < next || !nextLogSecond.compare_exchange_strong(next, now + 1)) return;
  spdlog::info("the TLS handshake with {} failed: {}", address, reason);
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
