// SPDX-License-Identifier: GPL-3.0-or-later
// The middle of a connection: from a complete head to the answer that its handler gives.
#include <atomic>
#include <utility>

#include "server/http/internal/connection.h"
#include "server/http/internal/refusal.h"

namespace hearth::server {
namespace {

Response notAnswered() {
  return refusal(500, "internal", "the server did not answer this request", "Report it with the time and the path.");
}

/// What a handler answers through: the copies of one Respond share it. Dropped without an answer, it gives one, so that
/// no client waits for ever. Keeps the loop, so that a late answer finds a queue to be dropped in, and the sink, which
/// may still be at work.
class PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection, std::uint64_t exchange,
                std::shared_ptr<BodySink> sink)
      : m_loop(std::move(loop)), m_connection(std::move(connection)), m_exchange(exchange), m_sink(std::move(sink)) {}
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;
  ~PendingAnswer() {
    if (!m_given) give(notAnswered());
  }

  void give(Response response) {
    OwnedResponse owned(std::move(response));
    if (m_given.exchange(true)) return;
    if (m_loop->context.get_executor().running_in_this_thread()) {
      if (const auto connection = m_connection.lock(); connection && connection->isHandling(m_exchange)) {
        connection->deliver(m_exchange, std::move(owned));
        return;
      }
    }
    m_loop->hand({m_connection, m_exchange, std::move(owned)});
  }

 private:
  const std::shared_ptr<Loop> m_loop;
  const std::weak_ptr<Connection> m_connection;
  const std::uint64_t m_exchange;
  const std::shared_ptr<BodySink> m_sink;
  std::atomic<bool> m_given{false};
};

void makeText(OwnedResponse& response) {
  const auto* maker = std::get_if<TextMaker>(&response->body);
  if (maker == nullptr) return;
  try {
    response->body = (*maker)();
  } catch (const std::exception&) {
    response = OwnedResponse(notAnswered());
  }
}

Response unknownPath(const Router& router, const Request& request, bool pathKnown) {
  if (!pathKnown) {
    return problemResponse({ErrorCode::kNotFound, "there is nothing at " + request.path,
                            "The paths of the API are in docs/protocol.md and server/api/openapi.yaml."});
  }
  Response response = refusal(405, "method-not-allowed", "this path does not answer this method",
                              "The allow header lists the methods that it answers.");
  response.headers.emplace_back("allow", router.allow(request.path));
  return response;
}

bool isContinue(std::string_view expectation) {
  constexpr std::string_view kContinue = "100-continue";
  return std::equal(expectation.begin(), expectation.end(), kContinue.begin(), kContinue.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

}  // namespace

/// Everything that can be said of a request before its body: nothing if it may come, with the route and, where one
/// takes the body, the sink.
std::optional<Response> Connection::admit(const std::shared_ptr<Request>& request, const Router::Route*& route,
                                          std::shared_ptr<BodySink>& sink) {
  const auto expectation = request->header("expect");
  if (!expectation.empty() && !isContinue(expectation)) {
    return refusal(417, "expectation", "the only expectation known here is 100-continue",
                   "Leave the expect header out.");
  }
  auto match = m_loop.server.router.match(request->method, request->path);
  if (!match.pathKnown) match.route = m_loop.server.router.otherwise(*request);
  if (match.route == nullptr) return unknownPath(m_loop.server.router, *request, match.pathKnown);
  route = match.route;
  request->captures = std::move(match.captures);
  if (!route->opener) {
    if (m_parser.contentLength().value_or(0) > limits::kJsonBodyBytes) return problemResponse(bodyTooLarge());
    return std::nullopt;
  }
  try {
    auto opened = route->opener(request);
    if (!opened) return problemResponse(opened.error());
    sink = std::move(*opened);
  } catch (const std::exception&) {
    return notAnswered();
  }
  return sink ? std::nullopt : std::optional(notAnswered());
}

/// Whether it is cheaper to read the body of a refused request than to make the client connect again.
bool Connection::isBodyWorthReading() const {
  const auto length = m_parser.contentLength();
  return length && *length <= kSmallBodyBytes && m_parser.request()->header("expect").empty();
}

Task<bool> Connection::serve() {
  if (m_loop.server.draining) co_return false;
  const bool received = co_await receiveHead();
  if (!received) co_return false;
  const std::shared_ptr<Request> request = m_parser.request();
  request->peer = m_peer;
  m_keepAlive = m_parser.keepAlive();
  const Router::Route* route = nullptr;
  std::shared_ptr<BodySink> sink;
  std::optional<Response> refused = admit(request, route, sink);
  if (!refused) co_return co_await take(request, *route, std::move(sink));
  if (m_parser.expectsBody()) {
    if (!isBodyWorthReading()) co_return co_await refuse(std::move(*refused));
    UnwantedBody unwanted;
    const Body body = co_await receiveBody(unwanted, false);
    if (body != Body::kComplete) co_return false;
  }
  co_return co_await send(OwnedResponse(std::move(*refused)), request->method);
}

/// Receives the body, if there is one, and has the request answered.
Task<bool> Connection::take(std::shared_ptr<Request> request, const Router::Route& route,
                            std::shared_ptr<BodySink> sink) {
  std::unique_ptr<BodyTarget> target;
  if (m_parser.expectsBody()) {
    if (sink) {
      target = std::make_unique<StreamedBody>(*sink);
    } else {
      target = std::make_unique<TextBody>(request->body, m_loop.server.bodyBytes);
    }
    const bool large = sink && m_parser.contentLength().value_or(kSmallBodyBytes) >= kSmallBodyBytes;
    const Body body = co_await receiveBody(*target, large);
    if (body != Body::kComplete && sink && !static_cast<StreamedBody*>(target.get())->hasFailed()) sink->abandon();
    if (body == Body::kBroken) co_return false;
    if (body == Body::kRefused) co_return co_await refuse(m_parser.failure());
  }
  Respond respond = beginExchange(sink);
  try {
    if (sink) {
      sink->finish(std::move(respond));
    } else {
      route.handler(request, std::move(respond));
    }
  } catch (const std::exception&) {
    // The answer that was not given is given by the Respond's end.
  }
  respond = nullptr;
  co_return co_await finishExchange(request->method);
}

Respond Connection::beginExchange(std::shared_ptr<BodySink> sink) {
  enter(Phase::kHandling, Duration{});
  m_reply.reset();
  ++m_exchange;
  m_inHandler = true;
  auto pending =
      std::make_shared<PendingAnswer>(m_loop.shared_from_this(), weak_from_this(), m_exchange, std::move(sink));
  return [pending = std::move(pending)](Response response) { pending->give(std::move(response)); };
}

Task<bool> Connection::finishExchange(Method method) {
  m_inHandler = false;
  while (!m_reply && !m_aborted) co_await m_wake.wait();
  if (m_aborted) co_return false;
  OwnedResponse response = std::move(*m_reply);
  m_reply.reset();
  makeText(response);
  co_return co_await send(std::move(response), method);
}

void Connection::deliver(std::uint64_t exchange, OwnedResponse response) {
  if (exchange != m_exchange || m_aborted) return;
  m_reply.emplace(std::move(response));
  if (!m_inHandler) m_wake.raise();
}

/// Answers and ends the connection: what follows on it is not worth reading, or cannot be told from the body.
Task<bool> Connection::refuse(Response response) {
  m_keepAlive = false;
  m_linger = true;
  co_await send(OwnedResponse(std::move(response)), Method::kOther);
  co_return false;
}

}  // namespace hearth::server
