// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/routes.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

namespace hearth::server {
namespace {

/// What a token of scope `submit` may change: all below these.
constexpr std::string_view kOfSubmitScope[] = {"/api/v1/batches", "/api/v1/blobs", "/api/v1/drafts",
                                               "/api/v1/manifests", "/api/v1/uploads"};

using SteadyTime = std::chrono::steady_clock::time_point;

Response errorResponse(const Error& error) {
  Response response = problemResponse(error);
  if (error.code == ErrorCode::kUnauthorized) {
    const bool there = std::any_of(response.headers.begin(), response.headers.end(),
                                   [](const auto& header) { return header.first == "www-authenticate"; });
    if (!there) response.headers.emplace_back("www-authenticate", "Bearer realm=\"hearth\"");
  }
  return response;
}

Error unexpected(const std::exception& exception) {
  return {ErrorCode::kIo, std::string("The server failed to answer: ") + exception.what(),
          "Try again; if it stays so, tell the project's admin."};
}

/// A route and who looks at its answers.
struct Watched {
  Metrics::Route& route;
  RefusalLog& refusals;

  void see(const Response& response, const Peer& peer, SteadyTime begun) const {
    route.count(response.status, std::chrono::steady_clock::now() - begun);
    if (response.status >= 400) refusals.answered(route.call(), peer, response);
  }
};

Respond counted(Watched watched, std::shared_ptr<const Peer> peer, Respond respond) {
  return [watched, peer = std::move(peer), respond = std::move(respond),
          begun = std::chrono::steady_clock::now()](Response response) {
    watched.see(response, *peer, begun);
    respond(std::move(response));
  };
}

Handler guarded(Watched watched, Handler handler) {
  return [watched, handler = std::move(handler)](RequestPtr request, Respond respond) {
    Respond answer = counted(watched, request->peer, std::move(respond));
    try {
      handler(std::move(request), answer);
    } catch (const std::exception& exception) {
      answer(errorResponse(unexpected(exception)));
    }
  };
}

/// Counts an upload when it is answered, however it ends.
class CountedSink : public BodySink {
 public:
  CountedSink(std::unique_ptr<BodySink> sink, Watched watched, std::shared_ptr<const Peer> peer)
      : m_sink(std::move(sink)),
        m_watched(watched),
        m_peer(std::move(peer)),
        m_begun(std::chrono::steady_clock::now()) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    auto written = m_sink->write(bytes);
    if (!written) m_watched.see(problemResponse(written.error()), *m_peer, m_begun);
    return written;
  }
  void finish(Respond respond) override {
    m_sink->finish(
        [watched = m_watched, peer = m_peer, begun = m_begun, respond = std::move(respond)](Response response) {
          watched.see(response, *peer, begun);
          respond(std::move(response));
        });
  }
  void abandon() override { m_sink->abandon(); }

 private:
  std::unique_ptr<BodySink> m_sink;
  const Watched m_watched;
  const std::shared_ptr<const Peer> m_peer;
  const SteadyTime m_begun;
};

SinkOpener guarded(Watched watched, SinkOpener opener) {
  return [watched, opener = std::move(opener)](RequestPtr request) -> Result<std::unique_ptr<BodySink>> {
    const auto peer = request->peer;
    const auto begun = std::chrono::steady_clock::now();
    try {
      auto sink = opener(std::move(request));
      if (sink) return std::make_unique<CountedSink>(std::move(*sink), watched, peer);
      watched.see(problemResponse(sink.error()), *peer, begun);
      return sink;
    } catch (const std::exception& exception) {
      const Error error = unexpected(exception);
      watched.see(problemResponse(error), *peer, begun);
      return fail(error);
    }
  };
}

/// The one place where the scope of a token is held against a call.
Result<void> checkScope(const Caller& caller, const Request& request) {
  if (caller.scope == TokenScope::kAll || request.method == Method::kGet || request.method == Method::kHead) return {};
  const bool submits = std::any_of(std::begin(kOfSubmitScope), std::end(kOfSubmitScope), [&](std::string_view prefix) {
    return request.path.starts_with(prefix) &&
           (request.path.size() == prefix.size() || request.path[prefix.size()] == '/');
  });
  if (caller.scope == TokenScope::kSubmit && submits) return {};
  return fail(
      ErrorCode::kForbidden,
      "This access token has the scope '" + std::string(tokenScopeName(caller.scope)) + "', which this call is not in.",
      "Use a token of a wider scope: its owner makes them on the page of the account.");
}

Result<Caller> callerWith(ApiContext& context, const Request& request, const std::vector<Role>& roles) {
  auto caller = context.sessions.callerOf(request);
  if (!caller) return caller;
  HEARTH_TRY(checkScope(*caller, request));
  if (roles.empty()) return caller;
  std::string wanted;
  for (const Role role : roles) {
    if (caller->has(role)) return caller;
    wanted += (wanted.empty() ? "" : " or ") + std::string(name(role));
  }
  return fail(ErrorCode::kForbidden, "The account '" + caller->account.name + "' may not do this.",
              "It needs the role " + wanted + ", which an admin of the project can give.");
}

}  // namespace

void Routes::anyone(Method method, std::string_view pattern, Handler handler) {
  m_router.add(method, pattern,
               guarded(Watched{m_context.metrics.addRoute(method, pattern), m_context.refusals}, std::move(handler)));
}

void Routes::person(Method method, std::string_view pattern, std::initializer_list<Role> roles, PersonHandler handler) {
  anyone(method, pattern,
         [&context = m_context, roles = std::vector<Role>(roles), handler = std::move(handler)](RequestPtr request,
                                                                                                Respond respond) {
           if (auto caller = valueOr(callerWith(context, *request, roles), respond)) {
             handler(*caller, std::move(request), std::move(respond));
           }
         });
}

void Routes::personUpload(std::string_view pattern, std::initializer_list<Role> roles, PersonOpener opener,
                          Method method) {
  m_router.addStreaming(
      method, pattern,
      guarded(Watched{m_context.metrics.addRoute(method, pattern), m_context.refusals},
              SinkOpener([&context = m_context, roles = std::vector<Role>(roles),
                          opener = std::move(opener)](RequestPtr request) -> Result<std::unique_ptr<BodySink>> {
                auto caller = callerWith(context, *request, roles);
                if (!caller) return fail(std::move(caller).error());
                return opener(*caller, std::move(request));
              })));
}

void Routes::host(Method method, std::string_view pattern, HostHandler handler) {
  anyone(method, pattern, [&context = m_context, handler = std::move(handler)](RequestPtr request, Respond respond) {
    if (auto host = valueOr(context.identities.hostOf(*request->peer), respond)) {
      handler(*host, std::move(request), std::move(respond));
    }
  });
}

void Routes::hostUpload(std::string_view pattern, HostOpener opener) {
  m_router.addStreaming(Method::kPut, pattern,
                        guarded(Watched{m_context.metrics.addRoute(Method::kPut, pattern), m_context.refusals},
                                SinkOpener([&context = m_context, opener = std::move(opener)](
                                               RequestPtr request) -> Result<std::unique_ptr<BodySink>> {
                                  auto host = context.identities.hostOf(*request->peer);
                                  if (!host) return fail(std::move(host).error());
                                  return opener(*host, std::move(request));
                                })));
}

void respondError(const Respond& respond, Error error) { respond(errorResponse(error)); }

void runOn(WorkerPool& pool, const Respond& respond, std::function<void()> work) {
  const bool taken = pool.post([respond, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& exception) {
      respond(errorResponse(unexpected(exception)));
    }
  });
  if (taken) return;
  respondError(respond,
               {ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Try again in some seconds."});
}

}  // namespace hearth::server
