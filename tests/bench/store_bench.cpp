// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of the store alone, one JSON object a line: tasks a second through the full life (leased, ended as valid,
// certified) by Store::apply, durable at every round, beside what SQLite itself gives for the same rows.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "bench/raw_sqlite.h"
#include "db/sqlite/sqlite_store.h"
#include "support/store_sample.h"

using namespace hearth;

namespace {

struct LifeLoad {
  std::uint64_t tasks = 200'000;
  std::uint64_t round = 100;  ///< tasks a transaction
};

/// What the Dispatcher writes: the new leases of the round, the ends and verdicts of those of the round before.
std::vector<db::Unit> lifeRound(std::uint64_t first, std::uint64_t count) {
  constexpr std::uint64_t kTasksOfSync = 10;
  std::vector<db::Unit> units;
  for (std::uint64_t at = first; at < first + count; at += kTasksOfSync) {
    Changes changes;
    for (std::uint64_t index = at; index < at + kTasksOfSync; ++index) {
      if (index >= count) {
        const std::uint64_t ended = index - count;
        changes.emplace_back(AttemptEnd{tests::recordOf(tests::leaseOf(ended + 1, 1, ended), AttemptState::kValid)});
      }
      changes.emplace_back(LeaseInsert{tests::leaseOf(index + 1, 1, index)});
    }
    units.push_back({std::move(changes)});
  }
  BatchProgress progress = tests::progressOf(1, BatchState::kRunning, first + count);
  progress.certified = first;
  units.back().changes.emplace_back(progress);
  return units;
}

struct Measured {
  double rate = 0;       ///< tasks a second
  double processor = 0;  ///< microseconds a task
};

Result<Measured> storeLife(const std::filesystem::path& folder, const LifeLoad& load) {
  Result<std::unique_ptr<db::Store>> store = db::openSqliteStore(folder / "store.db");
  if (!store) return fail(std::move(store).error());
  const std::vector<db::Unit> batch{{{tests::sampleBatch(1, 1, load.tasks + load.round)}}};
  if (const auto kept = (*store)->apply(batch); !kept) return fail(kept.error());
  std::chrono::duration<double> took{};
  std::clock_t processor = 0;
  for (std::uint64_t first = 0; first <= load.tasks; first += load.round) {
    const std::vector<db::Unit> units = lifeRound(first, load.round);  // making the rows is the Dispatcher's time
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processorStart = std::clock();
    if (const auto kept = (*store)->apply(units); !kept) return fail(kept.error());
    took += std::chrono::steady_clock::now() - start;
    processor += std::clock() - processorStart;
  }
  const auto tasks = static_cast<double>(load.tasks);
  return Measured{tasks / took.count(), static_cast<double>(processor) / CLOCKS_PER_SEC * 1e6 / tasks};
}

/// The middle one of a few turns, the store's and SQLite's own by turns, since other work may share the disk.
int measure(const std::filesystem::path& folder, const LifeLoad& load) {
  constexpr std::size_t kTurns = 3;
  std::vector<Measured> store;
  std::vector<double> raw;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    const std::filesystem::path place = folder / (std::to_string(load.round) + "-" + std::to_string(turn));
    std::filesystem::create_directory(place);
    raw.push_back(bench::rawSqliteTasksPerSecond(place, load.round, load.tasks));
    const Result<Measured> life = storeLife(place, load);
    if (!life) {
      std::fprintf(stderr, "bench_store: %s\n", life.error().message.c_str());
      return 1;
    }
    store.push_back(*life);
    std::filesystem::remove_all(place);
  }
  std::sort(raw.begin(), raw.end());
  std::sort(store.begin(), store.end(), [](const Measured& a, const Measured& b) { return a.rate < b.rate; });
  const double ceiling = raw[kTurns / 2];
  const Measured& value = store[kTurns / 2];
  std::printf(
      "{\"figure\":\"store_life_%llu\",\"value\":%.0f,\"unit\":\"tasks/s\",\"ceiling\":%.0f,\"ratio\":%.2f,"
      "\"conditions\":{\"tasks a round\":%llu,\"tasks\":%llu,\"CPU us a task\":%.2f,\"journal\":\"wal\","
      "\"synchronous\":\"full\",\"processors\":%u,\"median of\":%zu,"
      "\"ceiling\":\"plain SQLite statements, same rows, same rounds\"}}\n",
      static_cast<unsigned long long>(load.round), value.rate, ceiling, value.rate / ceiling,
      static_cast<unsigned long long>(load.round), static_cast<unsigned long long>(load.tasks), value.processor,
      std::thread::hardware_concurrency(), kTurns);
  std::fflush(stdout);
  return 0;
}

}  // namespace

/// bench_store [TASKS [FOLDER]]: FOLDER (the present one by default) is on the disk to be measured.
int main(int argc, char** argv) {
  const std::uint64_t tasks = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : LifeLoad{}.tasks;
  std::string folder = (std::filesystem::path(argc > 2 ? argv[2] : ".") / "bench-store-XXXXXX").string();
  if (tasks == 0 || mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "usage: bench_store [TASKS [FOLDER]] (cannot make %s)\n", folder.c_str());
    return 2;
  }
  int status = 0;
  for (const std::uint64_t round : {100, 1000}) {
    status |= measure(folder, {(tasks + round - 1) / round * round, round});
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return status;
}
