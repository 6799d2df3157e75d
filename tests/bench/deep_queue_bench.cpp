// SPDX-License-Identifier: GPL-3.0-or-later
// What ten million tasks in the store cost: full durable lives a second of dispatcher and store with them, against an
// empty store, by turns on the same disk.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "bench/core_life.h"
#include "bench/served_project.h"
#include "bench/tls_client.h"
#include "db/sqlite/record_codec.h"

namespace hearth::bench {
namespace {

constexpr int kTurns = 5;

void execute(sqlite3* database, const std::string& sql) {
  char* why = nullptr;
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &why) != SQLITE_OK)
    giveUp("filling the store: " + std::string(why));
}

/// A report in the form in which the store keeps it, as an SQL literal.
std::string reportLiteral() {
  db::sqlite::Bytes bytes;
  db::sqlite::encode(CoreLife::report(), bytes);
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return "x'" + hex + "'";
}

/// Gives the batch of CoreLife so many certified tasks, its first ones, by the rows that the store keeps of them.
void fill(const std::filesystem::path& folder, std::uint64_t tasks) {
  { const CoreLife none(folder, {0, 1}); }  // makes the schema and the batch
  sqlite3* database = nullptr;
  if (sqlite3_open((folder / "hearth.db").string().c_str(), &database) != SQLITE_OK) giveUp("cannot open the store");
  const std::string count = std::to_string(tasks);
  const std::string next = std::to_string(tasks + 1);
  execute(database, "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN");
  execute(database, "INSERT INTO result WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
                        count +
                        ") SELECT 1, i, i + 1, 0, 1 + i % 100, 2, 1700000000000000 + i, 1700000003000000 + i, " +
                        reportLiteral() + " FROM n");
  execute(database, "UPDATE batch_progress SET state = 1, cursor = " + count + ", certified = " + count);
  execute(database, "UPDATE counters SET attempts = " + next);
  execute(database, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_close(database);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// By turns, since other work may share the disk: the middle one of each counts.
void run(std::uint64_t tasks, int seconds) {
  const BenchFolder emptyFolder("/tmp");
  const BenchFolder deepFolder("/tmp");
  fill(deepFolder.path(), tasks);
  CoreLife empty(emptyFolder.path(), {});
  CoreLife deep(deepFolder.path(), {});
  std::vector<double> emptyRates;
  std::vector<double> deepRates;
  for (int turn = 0; turn < kTurns; ++turn) {
    emptyRates.push_back(empty.tasksPerSecond(std::chrono::seconds(seconds)));
    deepRates.push_back(deep.tasksPerSecond(std::chrono::seconds(seconds)));
  }
  const double ceiling = median(emptyRates);
  const double value = median(deepRates);
  printFigure("deep_queue", value, "tasks/s", ceiling, value / ceiling,
              {{"tasks in the store", std::to_string(tasks)},
               {"bytes of the store", std::to_string(std::filesystem::file_size(deepFolder.path() / "hearth.db"))},
               {"ceiling", "the same from an empty store"},
               {"path", "dispatcher and store without HTTP, 100 hosts, 10 tasks a sync"},
               {"median of", std::to_string(kTurns)},
               {"seconds a turn", std::to_string(seconds)}});
}

}  // namespace
}  // namespace hearth::bench

/// bench_deep_queue [TASKS [SECONDS]]
int main(int argc, char** argv) {
  hearth::bench::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000, argc > 2 ? std::atoi(argv[2]) : 4);
  return 0;
}
