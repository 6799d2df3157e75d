// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http_support.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

/// Answers that wait until the test lets them go. Outlives the server.
struct Held {
  std::mutex mutex;
  std::vector<Respond> answers;

  std::size_t count() {
    const std::lock_guard lock(mutex);
    return answers.size();
  }
  void let() {
    const std::lock_guard lock(mutex);
    for (const Respond& respond : answers) respond(Response{200, {}, "at last"});
    answers.clear();
  }
};

Router pong() {
  Router router;
  router.add(Method::kGet, "/ping", [](std::shared_ptr<const Request>, Respond respond) {
    respond(Response{200, {}, "pong"});
  });
  return router;
}

/// As pong(), and /slow waits.
Router pongAndSlow(Held& held) {
  Router router = pong();
  router.add(Method::kGet, "/slow", [&held](std::shared_ptr<const Request>, Respond respond) {
    const std::lock_guard lock(held.mutex);
    held.answers.push_back(std::move(respond));
  });
  return router;
}

/// The first bytes of a client.
std::string clientHello() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* client = SSL_new(context);
  SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(client);
  std::string bytes(4096, '\0');
  const int size = BIO_read(SSL_get_wbio(client), bytes.data(), static_cast<int>(bytes.size()));
  SSL_free(client);
  SSL_CTX_free(context);
  REQUIRE(size > 0);
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

/// A TCP connection that says nothing by itself.
struct SilentSocket {
  int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  explicit SilentSocket(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  SilentSocket(SilentSocket&& other) noexcept : descriptor(std::exchange(other.descriptor, -1)) {}
  SilentSocket& operator=(SilentSocket&&) = delete;
  ~SilentSocket() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

}  // namespace

TEST_CASE("http: a head that drips is closed in time, however lively it looks") {
  const Router router = pong();
  auto options = serverOptions();
  options.requestTimeout = Duration::seconds(1);
  const auto server = startServer(router, options);
  TlsClient client(server->port());
  REQUIRE(client.send("GET /ping HTTP/1.1\r\n"));
  // The head's own limit of bytes is not what ends it: that takes longer than the patience here.
  CHECK(eventually([&] {
    client.send("X: y\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return server->openConnections() == 0;
  }));
}

TEST_CASE("http: an idle connection is closed after its time, one in use is not") {
  const Router router = pong();
  auto options = serverOptions();
  options.idleTimeout = Duration::seconds(2);  // long enough for a machine that is busy with other tests
  const auto server = startServer(router, options);
  TlsClient idle(server->port());
  TlsClient busy(server->port());
  const auto start = std::chrono::steady_clock::now();
  while (server->openConnections() == 2 && std::chrono::steady_clock::now() - start < std::chrono::seconds(30)) {
    const auto answer = busy.request(get("/ping"));
    REQUIRE(answer);
    CHECK(answer->body == "pong");
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
  }
  CHECK(idle.ends());
  const auto answer = busy.request(get("/ping"));
  REQUIRE(answer);
  CHECK(answer->body == "pong");
}

TEST_CASE("http: a connection that never shakes hands is closed in time") {
  const Router router = pong();
  auto options = serverOptions();
  options.requestTimeout = Duration::milliseconds(300);
  const auto server = startServer(router, options);
  const SilentSocket silent(server->port());
  REQUIRE(eventually([&] { return server->openConnections() == 1; }));
  CHECK(eventually([&] { return server->openConnections() == 0; }));
}

TEST_CASE("http: connections over the limit are closed before the handshake, and room is found again") {
  const Router router = pong();
  auto options = serverOptions();
  options.connections = 2;
  const auto server = startServer(router, options);
  auto first = std::make_unique<TlsClient>(server->port());
  TlsClient second(server->port());
  REQUIRE(first->isOpen());
  REQUIRE(second.isOpen());
  CHECK_FALSE(TlsClient(server->port()).isOpen());
  first.reset();
  REQUIRE(eventually([&] { return server->openConnections() == 1; }));
  TlsClient third(server->port());
  CHECK(third.request(get("/ping"))->body == "pong");
  CHECK(second.request(get("/ping"))->body == "pong");
}

TEST_CASE("http: connections that say nothing keep nobody from a handshake") {
  const Router router = pong();
  auto options = serverOptions();
  options.handshakesAtOnce = 2;
  const auto server = startServer(router, options);
  const auto start = std::chrono::steady_clock::now();
  std::vector<SilentSocket> silent;
  for (int i = 0; i < 6; ++i) silent.emplace_back(server->port());
  TlsClient client(server->port());
  CHECK(client.request(get("/ping"))->body == "pong");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("http: those who fall silent in the middle of a handshake do not keep others from theirs for long") {
  const Router router = pong();
  auto options = serverOptions();
  options.handshakesAtOnce = 2;
  const auto server = startServer(router, options);
  const std::string hello = clientHello();
  const auto start = std::chrono::steady_clock::now();
  std::vector<SilentSocket> silent;
  for (int i = 0; i < 6; ++i) {
    silent.emplace_back(server->port());
    REQUIRE(::send(silent.back().descriptor, hello.data(), hello.size(), MSG_NOSIGNAL) > 0);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  TlsClient client(server->port());
  CHECK(client.request(get("/ping"))->body == "pong");
  CHECK(std::chrono::steady_clock::now() - start > std::chrono::milliseconds(300));  // there was a queue
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("http: who gives up before its handshake began leaves the queue at once") {
  const Router router = pong();
  auto options = serverOptions();
  options.handshakesAtOnce = 2;
  options.threads = 1;
  const auto server = startServer(router, options);
  const std::string hello = clientHello();
  const auto connect = [&](int count) {
    std::vector<SilentSocket> sockets;
    for (int i = 0; i < count; ++i) {
      sockets.emplace_back(server->port());
      REQUIRE(::send(sockets.back().descriptor, hello.data(), hello.size(), MSG_NOSIGNAL) > 0);
    }
    return sockets;
  };
  const auto holding = connect(2);
  REQUIRE(eventually([&] { return server->openConnections() == 2; }));
  connect(500);  // and gone
  CHECK(TlsClient(server->port()).request(get("/ping"))->body == "pong");
  CHECK(eventually([&] { return server->openConnections() <= 3; }));
}

TEST_CASE("http: a burst of clients larger than the handshakes allowed at once is served in full") {
  const Router router = pong();
  auto options = serverOptions();
  options.handshakesAtOnce = 3;
  const auto server = startServer(router, options);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) {
        TlsClient client(server->port());
        const auto answer = client.request(get("/ping"));
        if (answer && answer->body == "pong") ++served;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(served == 80);
}

TEST_CASE("http: a thousand idle connections cost little and hinder nobody") {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::size_t count = files.rlim_cur >= 4096 ? 1000 : 200;
  const Router router = pong();
  const auto server = startServer(router);
  std::vector<std::unique_ptr<TlsClient>> clients;
  TlsClient busy(server->port());
  const std::size_t before = residentBytes();
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<TlsClient>(server->port()));
    REQUIRE(clients.back()->isOpen());
  }
  CHECK(eventually([&] { return server->openConnections() == count + 1; }));
  CHECK(busy.request(get("/ping"))->body == "pong");
  for (std::size_t i = 0; i < count; i += 97) CHECK(clients[i]->request(get("/ping"))->body == "pong");
  // Both ends live in this process, and a client's context is the larger part.
  CHECK((residentBytes() - before) / count < 200'000);
  clients.clear();
  CHECK(eventually([&] { return server->openConnections() == 1; }));
}

TEST_CASE("http: draining lets the request under way finish, closes idle connections and refuses new ones") {
  Held held;
  const Router router = pongAndSlow(held);
  const auto server = startServer(router);
  TlsClient idle(server->port());
  TlsClient busy(server->port());
  REQUIRE(busy.send(get("/slow")));
  REQUIRE(eventually([&] { return held.count() == 1; }));
  std::thread drain([&] { server->drain(Duration::seconds(60)); });
  CHECK(idle.ends());
  held.let();
  const auto answer = busy.receive();
  REQUIRE(answer);
  CHECK(answer->body == "at last");
  CHECK(answer->header("connection") == "close");
  drain.join();
  CHECK(server->openConnections() == 0);
  server->drain(Duration::seconds(1));  // again: nothing to do
}

TEST_CASE("http: draining does not wait longer than its grace for what never ends") {
  Held held;
  const Router router = pongAndSlow(held);
  const auto server = startServer(router);
  TlsClient client(server->port());
  REQUIRE(client.send(get("/slow")));
  TlsClient half(server->port());
  REQUIRE(half.send("GET /slow HT"));
  REQUIRE(eventually([&] { return held.count() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  server->drain(Duration::milliseconds(200));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));  // a request may take sixty
  CHECK(client.ends());
}
