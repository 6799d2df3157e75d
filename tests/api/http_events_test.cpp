// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "api/http_support.h"
#include "server/http/internal/event_queue.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

/// A server with one stream at /events, whose producer's end the test holds.
struct Fixture {
  std::mutex mutex;
  std::vector<std::shared_ptr<EventStream>> streams;
  Router router;
  std::unique_ptr<HttpServer> server;

  explicit Fixture(HttpServerOptions options = serverOptions()) {
    router.add(Method::kGet, "/events", [this](std::shared_ptr<const Request>, Respond respond) {
      respond(Response{
          200, {{"content-type", "text/event-stream"}}, EventSource([this](std::shared_ptr<EventStream> stream) {
            const std::lock_guard lock(mutex);
            streams.push_back(std::move(stream));
          })});
    });
    server = startServer(router, std::move(options));
  }
  std::shared_ptr<EventStream> stream(std::size_t index = 0) {
    REQUIRE(eventually([&] {
      const std::lock_guard lock(mutex);
      return streams.size() > index;
    }));
    const std::lock_guard lock(mutex);
    return streams[index];
  }
};

}  // namespace

TEST_CASE("http: events arrive as they are pushed, from any thread, and the stream ends properly") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  REQUIRE(client.send(get("/events")));
  const auto stream = fixture.stream();
  const std::string head = client.readUntil("\r\n\r\n");
  CHECK(head.find("content-type: text/event-stream") != std::string::npos);
  CHECK(head.find("transfer-encoding: chunked") != std::string::npos);
  CHECK(stream->push("progress", "{\"certified\":1}"));
  CHECK(client.readUntil("\n\n").find("event: progress\ndata: {\"certified\":1}\n\n") != std::string::npos);
  std::thread other([stream] { stream->push("progress", "second"); });
  other.join();
  CHECK(client.readUntil("\n\n").find("data: second\n\n") != std::string::npos);
  CHECK(stream->push("end", "done"));
  stream->close();
  CHECK(client.readUntil("\r\n0\r\n\r\n").ends_with("data: done\n\n\r\n0\r\n\r\n"));
  CHECK_FALSE(stream->push("late", "x"));
  CHECK(client.ends());
}

TEST_CASE("http: a silent stream gets comments") {
  auto options = serverOptions();
  options.eventComment = Duration::milliseconds(100);
  options.requestTimeout = Duration::seconds(1);  // does not end a stream
  Fixture fixture(options);
  TlsClient client(fixture.server->port());
  REQUIRE(client.send(get("/events")));
  client.readUntil("\r\n\r\n");
  for (int i = 0; i < 15; ++i) CHECK(client.readUntil(":\n\n").find(":\n\n") != std::string::npos);
  CHECK(fixture.stream()->push("x", "still here"));
  CHECK(client.readUntil("still here\n\n").find("data: still here") != std::string::npos);
}

TEST_CASE("http: a producer learns that its reader has gone") {
  Fixture fixture;
  {
    TlsClient client(fixture.server->port());
    REQUIRE(client.send(get("/events")));
    CHECK(fixture.stream()->push("x", "y"));
    client.readUntil("data: y");
  }
  CHECK(eventually([&] { return !fixture.stream()->push("x", "y"); }));
  CHECK(eventually([&] { return fixture.server->openConnections() == 0; }));
}

TEST_CASE("http: a reader that is too slow is cut off, and costs bounded memory") {
  Fixture fixture;
  TlsClient client(fixture.server->port(), {.receiveBuffer = 4096});
  REQUIRE(client.send(get("/events")));
  const auto stream = fixture.stream();
  const std::string data(100'000, 'd');
  int pushed = 0;
  while (pushed < 1'000 && stream->push("x", data)) {
    ++pushed;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(5));  // so that it is the reader who is too slow, not the sender
  }
  CHECK(pushed < 1'000);
  CHECK(eventually([&] { return fixture.server->openConnections() == 0; }));
}

TEST_CASE("http: draining ends the streams in time") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  REQUIRE(client.send(get("/events")));
  const auto stream = fixture.stream();
  CHECK(stream->push("x", "last words"));
  fixture.server->drain(Duration::seconds(60));
  CHECK(client.readUntil("0\r\n\r\n").find("last words") != std::string::npos);
  CHECK_FALSE(stream->push("x", "y"));
}

TEST_CASE("http: each line of an event's data is a field of its own and names cannot break out") {
  CHECK(eventText("a", "1\n2\r\n3\r4") == "event: a\ndata: 1\ndata: 2\ndata: 3\ndata: 4\n\n");
  CHECK(eventText("a\ndata: x", "") == "event: adata: x\ndata: \n\n");
  CHECK(eventText("", "x") == "data: x\n\n");
}
