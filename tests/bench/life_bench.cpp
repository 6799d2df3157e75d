// SPDX-License-Identifier: GPL-3.0-or-later
// The full durable life of tasks (leased, returned, certified) through a real hearthd over mutual TLS, and beside it
// the same rows written by plain SQLite statements. Simulated hosts return at each sync what the last one gave them and
// ask for as many again.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "bench/raw_sqlite.h"
#include "bench/served_project.h"
#include "bench/tls_client.h"
#include "certs/authority.h"
#include "certs/sha256.h"
#include "wire/agent.h"

namespace hearth::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kThreads = 2;
constexpr int kConnections = 100;
constexpr std::uint32_t kTasksPerSync = 10;
constexpr std::string_view kOutput = "42\n";

/// A simulated host on its own connection.
class SimulatedHost {
 public:
  SimulatedHost(const ServedProject& project, int number)
      : m_identity(project.enrolHost("bench-" + std::to_string(number))),
        m_connection(m_identity, project.port(), std::string(certs::kAgentServerName)) {}

  void send() {
    m_request.free = {kTasksPerSync, 64, 64ULL << 30, 1ULL << 40};
    m_sent = Clock::now();
    m_connection.send("POST", "/agent/v1/sync", "Content-Type: application/json\r\n", toJson(m_request));
  }

  /// Takes the reply; what it gave is done at once. Returns how many results of the request were accepted.
  std::size_t receive(const Digest& output) {
    const HttpReply reply = m_connection.receive();
    m_latency = Clock::now() - m_sent;
    if (reply.status != 200) giveUp("sync refused: " + reply.body);
    const auto parsed = wire::parseSyncReply(reply.body);
    if (!parsed) giveUp("sync reply: " + parsed.error().message);
    std::size_t accepted = 0;
    for (const wire::ResultAck& ack : parsed->acks) {
      if (ack.verdict != wire::AckVerdict::kAccepted) giveUp("result not accepted: " + ack.reason);
      ++accepted;
    }
    m_request.results.clear();
    for (const wire::AssignedAttempt& given : parsed->attempts) {
      wire::ReturnedResult result{given.attempt, given.task, given.revision, {}};
      result.report.usage = {Duration::milliseconds(3), Duration::milliseconds(2), 1 << 20};
      result.report.outputs = {{"out", output, kOutput.size(), false}};
      m_request.results.push_back(std::move(result));
    }
    return accepted;
  }

  /// Brings the one output that all results name to the server, as every host must for its own.
  void uploadOutput(const Digest& output) {
    const std::string path =
        "/agent/v1/attempts/" + std::to_string(m_request.results.at(0).attempt.value) + "/outputs/" + output.hex();
    const HttpReply reply = m_connection.call("PUT", path, "", kOutput);
    if (reply.status >= 300) giveUp("output refused: " + reply.body);
  }
  std::size_t holding() const { return m_request.results.size(); }
  double latencySeconds() const { return std::chrono::duration<double>(m_latency).count(); }

 private:
  TlsIdentity m_identity;
  TlsConnection m_connection;
  wire::SyncRequest m_request;
  Clock::time_point m_sent;
  Clock::duration m_latency{};
};

struct Measured {
  std::uint64_t tasks = 0;
  std::uint64_t syncs = 0;
  std::vector<double> latencies;
};

Measured drive(std::vector<SimulatedHost>& hosts, std::size_t first, std::size_t last, const Digest& output,
               Clock::time_point end) {
  Measured measured;
  while (Clock::now() < end) {
    for (std::size_t i = first; i < last; ++i) hosts[i].send();
    for (std::size_t i = first; i < last; ++i) {
      measured.tasks += hosts[i].receive(output);
      measured.latencies.push_back(hosts[i].latencySeconds());
      ++measured.syncs;
    }
  }
  return measured;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void run(int seconds) {
  const ServedProject project;
  TlsConnection person = project.person();
  BatchSpec spec = project.signedSpec(person, "life");
  spec.sweep.axes = {RangeAxis{"n", 1, 100'000'000, 1, 0}};
  project.submit(person, spec);

  const Digest output = certs::sha256(kOutput);
  std::vector<SimulatedHost> hosts;
  hosts.reserve(kConnections);
  for (int i = 0; i < kConnections; ++i) hosts.emplace_back(project, i);
  for (SimulatedHost& host : hosts) {
    host.send();
    host.receive(output);
    if (host.holding() != kTasksPerSync) giveUp("the server gave fewer tasks than it was asked for");
  }
  for (SimulatedHost& host : hosts) host.uploadOutput(output);  // only what a host sent itself counts

  const auto begin = Clock::now();
  const double cpuBefore = project.processorSeconds();
  std::vector<Measured> parts(kThreads);
  std::vector<std::thread> threads;
  const std::size_t share = hosts.size() / kThreads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back(
        [&, t] { parts[t] = drive(hosts, t * share, (t + 1) * share, output, begin + std::chrono::seconds(seconds)); });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  const double cpu = project.processorSeconds() - cpuBefore;

  Measured all;
  for (Measured& part : parts) {
    all.tasks += part.tasks;
    all.syncs += part.syncs;
    all.latencies.insert(all.latencies.end(), part.latencies.begin(), part.latencies.end());
  }
  const double rate = static_cast<double>(all.tasks) / took;
  const double ceiling = rawSqliteTasksPerSecond(project.folder(), 100, 200'000);
  printFigure("life", rate, "tasks/s", ceiling, rate / ceiling,
              {{"tasks", std::to_string(all.tasks)},
               {"seconds", std::to_string(took)},
               {"tasks a sync", std::to_string(kTasksPerSync)},
               {"connections", std::to_string(kConnections)},
               {"syncs/s", std::to_string(static_cast<double>(all.syncs) / took)},
               {"sync p50 ms", std::to_string(percentile(all.latencies, 0.5) * 1e3)},
               {"sync p99 ms", std::to_string(percentile(all.latencies, 0.99) * 1e3)},
               {"server CPU us a task", std::to_string(cpu / static_cast<double>(all.tasks) * 1e6)},
               {"durability", "SQLite WAL, synchronous=FULL, reply after commit"},
               {"load generator", "same machine, 2 threads, mutual TLS 1.3"},
               {"ceiling", "plain SQLite statements, same rows, 100 tasks a transaction, FULL"}});
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::atoi(argv[1]) : 15);
  return 0;
}
