// SPDX-License-Identifier: GPL-3.0-or-later
// Requests a second of a POST that echoes 200 bytes over kept-alive TLS connections, and what one costs the server in
// processor time. Clients and server share the process and the machine; the clients' own time is measured apart.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/authority.h"
#include "server/http/http_server.h"

namespace {

using namespace hearth;
using namespace hearth::server;

constexpr unsigned kThreads = 2;
constexpr unsigned kConnections = 100;
constexpr auto kTime = std::chrono::seconds(4);
constexpr std::size_t kBodyBytes = 200;

Instant wallClock() {
  return Instant{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

double threadSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double processSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

[[noreturn]] void stop(const char* what) {
  std::fprintf(stderr, "http_echo: %s\n", what);
  std::exit(1);
}

SSL* connectTo(SSL_CTX* context, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) stop("cannot connect");
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, descriptor);
  if (SSL_connect(ssl) != 1) stop("the handshake failed");
  return ssl;
}

/// Keeps a request under way on each of its connections: writes to all, then reads from all.
void drive(std::uint16_t port, unsigned connections, const std::atomic<bool>& running,
           std::atomic<std::uint64_t>& requests, std::atomic<double>& seconds) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_read_ahead(context, 1);
  std::vector<SSL*> all;
  for (unsigned i = 0; i < connections; ++i) all.push_back(connectTo(context, port));
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(kBodyBytes) + "\r\n\r\n" + std::string(kBodyBytes, 'x');
  std::vector<char> reply(4096);
  const double before = threadSeconds();
  std::uint64_t done = 0;
  while (running) {
    for (SSL* ssl : all) {
      if (SSL_write(ssl, request.data(), static_cast<int>(request.size())) <= 0) stop("a write failed");
    }
    for (SSL* ssl : all) {
      if (SSL_read(ssl, reply.data(), static_cast<int>(reply.size())) <= static_cast<int>(kBodyBytes))
        stop("a read failed");
    }
    done += all.size();
  }
  requests += done;
  seconds = seconds + threadSeconds() - before;
  for (SSL* ssl : all) {
    ::close(SSL_get_fd(ssl));
    SSL_free(ssl);
  }
  SSL_CTX_free(context);
}

}  // namespace

int main() {
  const Instant now = wallClock();
  const auto authority = certs::Authority::create("bench", now);
  if (!authority) stop("no authority");
  const auto identity = authority->issueServer({"localhost"}, now, Duration::days(1));
  if (!identity) stop("no certificate");
  Router router;
  router.add(Method::kPost, "/echo", [](std::shared_ptr<const Request> request, Respond respond) {
    respond(jsonResponse(200, request->body));
  });
  HttpServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.threads = kThreads;
  options.authorityPem = authority->identity().certificatePem;
  options.privateCertificatePem = identity->certificatePem;
  options.privateKeyPem = identity->privateKeyPem;
  auto server = HttpServer::start(options, router);
  if (!server) stop(server.error().message.c_str());

  std::atomic<bool> running{true};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<double> clientSeconds{0};
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < kThreads; ++i) {
    clients.emplace_back([&] { drive((*server)->port(), kConnections / kThreads, running, requests, clientSeconds); });
  }
  while ((*server)->openConnections() < kConnections) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const double before = processSeconds();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(kTime);
  running = false;
  for (std::thread& client : clients) client.join();
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double serverSeconds = processSeconds() - before - clientSeconds;
  const double count = static_cast<double>(requests);
  const std::string conditions = R"("conditions":{"connections":)" + std::to_string(kConnections) + R"(,"threads":)" +
                                 std::to_string(kThreads) + R"(,"body_bytes":)" + std::to_string(kBodyBytes) +
                                 R"(,"clients":"same process"}})";
  std::printf("{\"figure\":\"http_echo\",\"value\":%.0f,\"unit\":\"requests/s\",%s\n", count / elapsed,
              conditions.c_str());
  std::printf("{\"figure\":\"http_echo_cpu\",\"value\":%.1f,\"unit\":\"us/request\",%s\n", serverSeconds / count * 1e6,
              conditions.c_str());
  (*server)->drain(Duration::seconds(2));
  return 0;
}
