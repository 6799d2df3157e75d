// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/echo_service.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/ready_loop.h"
#include "bench/served_project.h"
#include "bench/tls_client.h"
#include "certs/authority.h"
#include "server/http/http_server.h"
#include "wire/agent.h"

namespace hearth::bench {
namespace {

constexpr std::size_t kThreads = 2;

template <typename T>
T must(Result<T> result) {
  if (!result) giveUp("echo: " + result.error().message);
  return std::move(*result);
}

Instant wallClock() {
  return Instant{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

/// What the serving process runs: tells its port through the pipe, then serves until it is killed.
[[noreturn]] void serve(const certs::Authority& authority, const std::string& reply, Echo echo, int pipe) {
  const certs::Identity own =
      must(authority.issueServer({std::string(certs::kAgentServerName)}, wallClock(), Duration::days(1)));
  server::Router router;
  const wire::SyncReply read = must(wire::parseSyncReply(reply));
  router.add(server::Method::kPost, "/echo",
             [&](const std::shared_ptr<const server::Request>& request, const server::Respond& respond) {
               if (echo == Echo::kBytes) return respond(server::jsonResponse(200, reply));
               const auto parsed = wire::parseSyncRequest(request->body);
               respond(server::jsonResponse(parsed ? 200 : 400, wire::toJson(read)));
             });
  server::HttpServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.threads = kThreads;
  options.authorityPem = authority.identity().certificatePem;
  options.privateCertificatePem = own.certificatePem;
  options.privateKeyPem = own.privateKeyPem;
  const auto running = must(server::HttpServer::start(options, router));
  const std::uint16_t port = running->port();
  if (::write(pipe, &port, sizeof port) != sizeof port) ::_exit(1);
  for (;;) ::pause();
}

class EchoProcess {
 public:
  EchoProcess(const certs::Authority& authority, const std::string& reply, Echo echo) {
    int ends[2];
    if (::pipe(ends) != 0) giveUp("echo: no pipe");
    m_process = ::fork();
    if (m_process == 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (m_process == 0) serve(authority, reply, echo, ends[1]);
    ::close(ends[1]);
    if (::read(ends[0], &m_port, sizeof m_port) != sizeof m_port) giveUp("echo: the server did not start");
    ::close(ends[0]);
  }
  ~EchoProcess() {
    ::kill(m_process, SIGKILL);
    ::waitpid(m_process, nullptr, 0);
  }
  EchoProcess(const EchoProcess&) = delete;
  EchoProcess& operator=(const EchoProcess&) = delete;

  std::uint16_t port() const { return m_port; }
  double processorSeconds() const { return bench::processorSeconds(m_process); }

 private:
  pid_t m_process = -1;
  std::uint16_t m_port = 0;
};

TlsIdentity newHost(const certs::Authority& authority, std::uint64_t number) {
  const std::string key = must(certs::newPrivateKey());
  const std::string request = must(certs::newSigningRequest(key, "bench"));
  return {authority.identity().certificatePem,
          must(authority.issueHost(request, HostId{number}, wallClock(), Duration::days(1))), key};
}

std::uint64_t drive(std::vector<TlsConnection>& connections, std::size_t first, std::size_t last,
                    const std::string& body, Clock::time_point end) {
  const auto send = [&](std::size_t i) {
    connections[i].send("POST", "/echo", "Content-Type: application/json\r\n", body);
  };
  std::vector<int> descriptors;
  for (std::size_t i = first; i < last; ++i) {
    send(i);
    descriptors.push_back(connections[i].descriptor());
  }
  std::uint64_t done = 0;
  whileAnswered(descriptors, [&](std::size_t i) {
    if (connections[first + i].receiveView().status != 200) giveUp("echo: refused");
    ++done;
    if (Clock::now() >= end) return false;
    send(first + i);
    return true;
  });
  return done;
}

}  // namespace

EchoRate measureEcho(const SyncBodies& bodies, Echo echo, std::size_t connections, std::chrono::seconds time) {
  const auto authority = must(certs::Authority::create("bench", wallClock()));
  const EchoProcess server(authority, bodies.reply, echo);
  std::vector<TlsConnection> open;
  for (std::size_t i = 0; i < connections; ++i)
    open.emplace_back(newHost(authority, i + 1), server.port(), std::string(certs::kAgentServerName));

  const double before = server.processorSeconds();
  const auto begin = Clock::now();
  std::vector<std::uint64_t> done(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      done[t] = drive(open, open.size() * t / kThreads, open.size() * (t + 1) / kThreads, bodies.request, begin + time);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::uint64_t all = 0;
  for (const std::uint64_t part : done) all += part;
  return {static_cast<double>(all) / took, (server.processorSeconds() - before) / static_cast<double>(all) * 1e6};
}

}  // namespace hearth::bench
