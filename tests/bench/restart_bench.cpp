// SPDX-License-Identifier: GPL-3.0-or-later
// How soon a real hearthd is ready on a store with ten million tasks, of which a million are leased, and what memory it
// takes to get there.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "bench/served_project.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kBatches = 10;
constexpr std::uint64_t kTasks = 10'000'000;  // of all batches, decided or leased
constexpr std::uint64_t kLeases = 1'000'000;
constexpr std::uint64_t kHosts = 50'000;
constexpr std::uint64_t kLeasesASync = 10;
constexpr std::uint64_t kUnitChanges = 50'000;
constexpr std::uint64_t kTasksABatch = kTasks / kBatches;
constexpr std::uint64_t kLeasedABatch = kLeases / kBatches;
constexpr double kWantedSeconds = 10;

Instant wallClock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

/// Through the store, as the Dispatcher would have it kept.
class Filler {
 public:
  explicit Filler(const std::filesystem::path& database) {
    auto store = db::openSqliteStore(database);
    if (!store) giveUp(store.error().message);
    m_store = std::move(*store);
  }
  void add(Change change) {
    m_unit.changes.push_back(std::move(change));
    if (m_unit.changes.size() >= kUnitChanges) flush();
  }
  void flush() {
    const std::vector<db::Unit> units{std::exchange(m_unit, {})};
    if (const auto applied = m_store->apply(units); !applied) giveUp(applied.error().message);
  }

 private:
  std::unique_ptr<db::Store> m_store;
  db::Unit m_unit;
};

void fillOpen(const std::filesystem::path& database) {
  Filler filler(database);
  const Instant now = wallClock();
  Requirements requirements;
  requirements.platform = "linux-x86_64";
  filler.add(CountersPut{kBatches + 1, kHosts + 1, kTasks + 1});
  for (std::uint64_t b = 1; b <= kBatches; ++b) {
    BatchPlan plan;
    plan.owner = AccountId{1};
    plan.name = "restart " + std::to_string(b);
    plan.tasks = 2 * kTasksABatch;
    plan.requirements = requirements;
    filler.add(BatchInsert{BatchId{b}, plan, now, "{}", "", {}});
    filler.add(BatchProgress{BatchId{b}, BatchState::kRunning, "", kTasksABatch, kTasksABatch - kLeasedABatch, 0, {}});
  }
  for (std::uint64_t h = 1; h <= kHosts; ++h) {
    Digest key;
    for (std::size_t i = 0; i < 8; ++i) key.bytes[i] = static_cast<std::uint8_t>(h >> (8 * i));
    filler.add(HostPut{{HostId{h},
                        AccountId{1},
                        key,
                        {"host-" + std::to_string(h), "linux-x86_64", "some processor of a usual length", "0.1.0", 8,
                         16ULL << 30, 100ULL << 30, SandboxTier::kCgroup},
                        now,
                        false}});
  }
  // As syncs give them: some tasks in a row of one batch to one host.
  for (std::uint64_t l = 0; l < kLeases; ++l) {
    const std::uint64_t sync = l / kLeasesASync;
    const std::uint64_t index = kTasksABatch - kLeasedABatch + sync / kBatches * kLeasesASync + l % kLeasesASync;
    filler.add(LeaseInsert{{AttemptId{kTasks - kLeases + l + 1},
                            {BatchId{1 + sync % kBatches}, index},
                            0,
                            HostId{1 + sync % kHosts},
                            now}});
  }
  filler.flush();
}

void check(sqlite3* database, bool good) {
  if (!good) giveUp(std::string("filling the database: ") + sqlite3_errmsg(database));
}

/// The decided tasks: a restart does not look at them, so plain statements do.
void fillDecided(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  check(database, sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  const auto run = [database](const std::string& sql) {
    check(database, sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN");
  const std::string decided = std::to_string(kTasksABatch - kLeasedABatch);
  for (std::uint64_t b = 1; b <= kBatches; ++b) {
    const std::string numbers =
        "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + decided + ") ";
    const std::string batch = std::to_string(b);
    run("INSERT INTO task (batch, idx, state, revision, failures, canonical, reason) " + numbers + "SELECT " + batch +
        ", i, 2, 0, 0, i + 1, '' FROM n");
    run("INSERT INTO result (batch, idx, attempt, revision, host, state, leased, ended, report) " + numbers +
        "SELECT " + batch + ", i, i * " + std::to_string(kBatches) + " + " + batch +
        ", 0, 1, 2, 1700000000000000, 1700000003000000, zeroblob(40) FROM n");
  }
  run("COMMIT; PRAGMA journal_mode = WAL");
  sqlite3_close(database);
}

bool isReady(const ServedProject& project) {
  TlsConnection person = project.person();
  return person.call("GET", "/readyz", "", "").status == 200;
}

void run() {
  ServedProject project(false);
  const auto database = project.folder() / "data/hearth.db";
  const auto filling = Clock::now();
  fillDecided(database);
  fillOpen(database);
  const double filled = std::chrono::duration<double>(Clock::now() - filling).count();
  std::uint64_t size = std::filesystem::file_size(database);

  const auto begin = Clock::now();
  project.start(std::chrono::minutes(2));
  if (!isReady(project)) giveUp("hearthd listens and is not ready");
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  const double processor = project.processorSeconds();
  const std::uint64_t peak = project.peakResidentBytes();
  printFigure("restart", took, "s", kWantedSeconds, took / kWantedSeconds,
              {{"live leases", std::to_string(kLeases)},
               {"tasks", std::to_string(kTasks)},
               {"hosts", std::to_string(kHosts)},
               {"batches", std::to_string(kBatches)},
               {"peak resident MB", std::to_string(peak / 1'000'000)},
               {"resident MB when ready", std::to_string(project.residentBytes() / 1'000'000)},
               {"processor seconds", std::to_string(processor)},
               {"database MB", std::to_string(size / 1'000'000)},
               {"seconds to fill it", std::to_string(filled)},
               {"ceiling", "seconds allowed; from the start of the process to a 200 of /readyz"}});
}

}  // namespace
}  // namespace hearth::bench

int main() {
  hearth::bench::run();
  return 0;
}
