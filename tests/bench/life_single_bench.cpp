// SPDX-License-Identifier: GPL-3.0-or-later
// The full durable life of tasks through a real hearthd over mutual TLS, one task a sync, as a share of what the same
// HTTP server echoes when the same bodies are read and written but not acted on.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/echo_service.h"
#include "bench/served_project.h"
#include "bench/sync_host.h"

namespace hearth::bench {
namespace {

constexpr std::size_t kConnections = 100;
constexpr int kTurns = 3;

std::string text(double number) { return std::to_string(number); }

EchoRate median(std::vector<EchoRate> rates) {
  std::sort(rates.begin(), rates.end(), [](const auto& a, const auto& b) { return a.perSecond < b.perSecond; });
  return rates[rates.size() / 2];
}

/// By turns, since other work may share the machine: the middle one of each counts.
void run(int seconds) {
  const ServedProject project;
  submitLife(project);
  std::vector<SyncHost> hosts;
  for (std::size_t i = 0; i < kConnections; ++i) hosts.emplace_back(project, static_cast<int>(i), 1);

  const auto time = std::chrono::seconds(std::max(1, seconds / kTurns));
  std::vector<Measured> lives;
  std::vector<EchoRate> echoes;
  std::vector<EchoRate> bare;
  double cpu = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    echoes.push_back(measureEcho(hosts.front().bodies(), Echo::kJson, kConnections, time));
    bare.push_back(measureEcho(hosts.front().bodies(), Echo::kBytes, kConnections, time));
    const double cpuBefore = project.processorSeconds();
    lives.push_back(driveFully(hosts, time));
    cpu += (project.processorSeconds() - cpuBefore) / static_cast<double>(lives.back().tasks) / kTurns;
  }
  std::sort(lives.begin(), lives.end(), [](const auto& a, const auto& b) { return a.rate() < b.rate(); });

  Measured& life = lives[kTurns / 2];
  const EchoRate echo = median(echoes);
  const EchoRate bytes = median(bare);
  printFigure("life_single", life.rate(), "tasks/s", echo.perSecond, life.rate() / echo.perSecond,
              {{"seconds", text(life.seconds)},
               {"tasks a sync", "1"},
               {"connections", std::to_string(kConnections)},
               {"sync p50 ms", text(life.percentile(0.5) * 1e3)},
               {"sync p99 ms", text(life.percentile(0.99) * 1e3)},
               {"server CPU us a task", text(cpu * 1e6)},
               {"server CPU us an echo", text(echo.serverMicros)},
               {"bytes of a sync, out and in", hosts.front().bodies().sizes()},
               {"durability", "SQLite WAL, synchronous=FULL, reply after commit"},
               {"load generator", "same machine, 2 threads, mutual TLS 1.3"},
               {"ceiling", "the same HTTP server, threads, connections and bodies, read and written but not acted on"},
               {"echo of the bare bytes, requests/s", text(bytes.perSecond)},
               {"echo of the bare bytes, server CPU us", text(bytes.serverMicros)},
               {"ratio to that", text(life.rate() / bytes.perSecond)},
               {"median of", std::to_string(kTurns)}});
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::atoi(argv[1]) : 12);
  return 0;
}
