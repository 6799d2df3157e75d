// SPDX-License-Identifier: GPL-3.0-or-later
// The full durable life of tasks (leased, returned, certified) through a real hearthd over mutual TLS, ten tasks a
// sync: as many as go, then at half that load for the latencies. Beside it the same rows written by plain SQLite
// statements, and what the same bytes cost when they are only moved.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/echo_service.h"
#include "bench/raw_sqlite.h"
#include "bench/served_project.h"
#include "bench/sync_host.h"

namespace hearth::bench {
namespace {

constexpr std::size_t kConnections = 100;
constexpr std::uint32_t kTasksPerSync = 10;
constexpr std::uint64_t kRawRound = 1'000;
constexpr std::uint64_t kRawTasks = 200'000;

/// SQLite's own rate, measured before and after the server's, since other work may share the disk.
struct Raw {
  std::vector<double> plain, packed;

  void turn(const ServedProject& project) {
    plain.push_back(rawSqliteTasksPerSecond(project.folder(), kRawRound, kRawTasks));
    packed.push_back(rawSqliteTasksPerSecond(project.folder(), kRawRound, kRawTasks, RawRows::kPacked));
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string text(double number) { return std::to_string(number); }

void run(int seconds) {
  const ServedProject project;
  submitLife(project);
  std::vector<SyncHost> hosts;
  for (std::size_t i = 0; i < kConnections; ++i) hosts.emplace_back(project, static_cast<int>(i), kTasksPerSync);

  Raw raw;
  raw.turn(project);
  const double cpuBefore = project.processorSeconds();
  Measured full = driveFully(hosts, std::chrono::seconds(seconds));
  const double cpu = project.processorSeconds() - cpuBefore;
  Measured half = drivePaced(hosts, full.rate() / kTasksPerSync / 2, std::chrono::seconds(seconds));
  const EchoRate echo = measureEcho(hosts.front().bodies(), Echo::kBytes, kConnections, std::chrono::seconds(3));
  for (int turn = 0; turn < 2; ++turn) raw.turn(project);

  const double ceiling = median(raw.plain);
  const double packed = median(raw.packed);
  printFigure(
      "life", full.rate(), "tasks/s", ceiling, full.rate() / ceiling,
      {{"tasks", std::to_string(full.tasks)},
       {"seconds", text(full.seconds)},
       {"tasks a sync", std::to_string(kTasksPerSync)},
       {"connections", std::to_string(kConnections)},
       {"syncs/s", text(static_cast<double>(full.syncs) / full.seconds)},
       {"full load: sync p50 ms", text(full.percentile(0.5) * 1e3)},
       {"full load: sync p99 ms", text(full.percentile(0.99) * 1e3)},
       {"half load: tasks/s", text(half.rate())},
       {"half load: sync p50 ms", text(half.percentile(0.5) * 1e3)},
       {"half load: sync p99 ms", text(half.percentile(0.99) * 1e3)},
       {"server CPU us a task", text(cpu / static_cast<double>(full.tasks) * 1e6)},
       {"bytes of a sync, out and in", hosts.front().bodies().sizes()},
       {"echo of the same bytes, syncs/s", text(echo.perSecond)},
       {"echo of the same bytes, server CPU us a sync", text(echo.serverMicros)},
       {"durability", "SQLite WAL, synchronous=FULL, reply after commit"},
       {"load generator", "same machine, 2 threads, mutual TLS 1.3"},
       {"ceiling",
        "plain SQLite statements, 1000 tasks a transaction, FULL, median of 3; a row each for lease in, lease "
        "out, result and task"},
       {"the same with the rows that the store makes of it (leases of a sync in one, no task), tasks/s", text(packed)},
       {"ratio to that", text(full.rate() / packed)}});
}

}  // namespace
}  // namespace hearth::bench

int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::atoi(argv[1]) : 15);
  return 0;
}
