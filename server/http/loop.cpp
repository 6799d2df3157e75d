// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/loop.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include "server/http/internal/connection.h"
#include "server/http/internal/response_head.h"

namespace hearth::server {
namespace {

/// A deadline is met at most a quarter late.
Clock::duration sweepPeriod(const HttpServerOptions& options) {
  const std::int64_t shortest =
      std::min({options.idleTimeout, options.requestTimeout, options.eventComment}).inMilliseconds() / 4;
  return std::chrono::milliseconds(std::clamp<std::int64_t>(shortest, 10, 500));
}

}  // namespace

Loop::Loop(ServerState& state)
    : server(state),
      handshakes(context.get_executor(),
                 std::max<std::size_t>(1, state.options.handshakesAtOnce / std::max(1U, state.options.threads))),
      m_period(sweepPeriod(state.options)) {}

void Loop::run() {
  m_date = httpDate(std::time(nullptr));
  sweepLater();
  context.run();
}

void Loop::adopt(Socket socket, std::string peer) {
  ++load;
  ++server.connections;
  asio::post(context, [this, socket = std::move(socket), peer = std::move(peer)]() mutable {
    auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(peer));
    m_connections.emplace(connection.get(), connection);
    asio::co_spawn(context, connection->run(), [this, connection](const std::exception_ptr&) { remove(*connection); });
    if (server.draining) connection->drain();
  });
}

void Loop::remove(Connection& connection) {
  if (m_connections.erase(&connection) == 0) return;
  connection.abort();
  --load;
  --server.connections;
}

/// Answers come in bunches, as commits release them: the loop is told once for those that it has not fetched.
void Loop::hand(Answer answer) {
  {
    const std::lock_guard lock(m_answersMutex);
    m_answers.push_back(std::move(answer));
    if (m_answers.size() > 1) return;
  }
  asio::post(context, [this] { deliverAnswers(); });
}

void Loop::deliverAnswers() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(m_answersMutex);
    answers.swap(m_answers);
  }
  for (Answer& answer : answers) {
    if (const auto connection = answer.connection.lock())
      connection->deliver(answer.exchange, std::move(answer.response));
  }
}

void Loop::drain() {
  asio::post(context, [this] {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : m_connections) all.push_back(connection);
    for (const auto& connection : all) connection->drain();
  });
}

void Loop::abortAll() {
  asio::post(context, [this] {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : m_connections) all.push_back(connection);
    for (const auto& connection : all) connection->abort();
  });
}

void Loop::stop() { context.stop(); }

void Loop::sweepLater() {
  m_timer.expires_after(m_period);
  m_timer.async_wait([this](const ErrorCodeOut& failed) {
    if (failed) return;
    sweep();
    sweepLater();
  });
}

void Loop::sweep() {
  m_date = httpDate(std::time(nullptr));
  const auto now = Clock::now();
  std::vector<std::shared_ptr<Connection>> due;  // what is done to them may end them, and so change the table
  for (const auto& [key, connection] : m_connections) {
    if (connection->isDue(now)) due.push_back(connection);
  }
  for (const auto& connection : due) connection->sweep(now);
}

}  // namespace hearth::server
