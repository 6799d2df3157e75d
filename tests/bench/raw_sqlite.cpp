// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/raw_sqlite.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>

#include <sqlite3.h>

namespace hearth::bench {
namespace {

constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = "
    "-65536";

/// Those of db/migrations that a task's life touches.
constexpr const char* kTables =
    "CREATE TABLE lease (attempt INTEGER PRIMARY KEY, batch INTEGER NOT NULL, idx INTEGER NOT NULL, "
    "  revision INTEGER NOT NULL, host INTEGER NOT NULL, leased INTEGER NOT NULL) STRICT;"
    "CREATE TABLE result (batch INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL, "
    "  revision INTEGER NOT NULL, host INTEGER NOT NULL, state INTEGER NOT NULL, leased INTEGER NOT NULL, "
    "  ended INTEGER NOT NULL, report BLOB NOT NULL, PRIMARY KEY (batch, idx, attempt)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE task (batch INTEGER NOT NULL, idx INTEGER NOT NULL, state INTEGER NOT NULL, "
    "  revision INTEGER NOT NULL, failures INTEGER NOT NULL, canonical INTEGER NOT NULL, reason TEXT NOT NULL, "
    "  PRIMARY KEY (batch, idx)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX task_other ON task(batch, state, idx) WHERE state <> 2;"
    "CREATE TABLE lease_block (first INTEGER PRIMARY KEY, live INTEGER NOT NULL, batch INTEGER NOT NULL, "
    "  idx INTEGER NOT NULL, revision INTEGER NOT NULL, host INTEGER NOT NULL, leased INTEGER NOT NULL) STRICT;"
    "CREATE TABLE batch_progress (batch INTEGER PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL, "
    "  cursor INTEGER NOT NULL, certified INTEGER NOT NULL, failed INTEGER NOT NULL, ended INTEGER NOT NULL) STRICT;"
    "INSERT INTO batch_progress VALUES (1, 1, '', 0, 0, 0, 0)";

/// A report with one output and a standard output takes about so much.
constexpr std::size_t kReportBytes = 110;

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinaliseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class RawLife {
 public:
  RawLife(const std::filesystem::path& file, RawRows rows) : m_rows(rows) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.string().c_str(), &handle,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    m_database.reset(handle);
    check(code == SQLITE_OK);
    run(kSettings);
    run(kTables);
    m_lease = prepare("INSERT INTO lease VALUES (?1, 1, ?2, 0, 1, 1700000000000000)");
    m_leaseDelete = prepare("DELETE FROM lease WHERE attempt = ?1");
    m_result = prepare("INSERT INTO result VALUES (1, ?2, ?1, 0, 1, 2, 1700000000000000, 1700000003000000, ?3)");
    m_block = prepare("INSERT INTO lease_block VALUES (?1, 1023, 1, ?2, 0, 1, 1700000000000000)");
    m_blockDelete = prepare("DELETE FROM lease_block WHERE first = ?1");
    m_task = prepare("INSERT OR REPLACE INTO task VALUES (1, ?2, 2, 0, 0, ?1, '')");
    m_progress = prepare("UPDATE batch_progress SET state = 1, cursor = ?1, certified = ?2 WHERE batch = 1");
    check(sqlite3_bind_blob64(m_result.get(), 3, m_report.data(), m_report.size(), nullptr) == SQLITE_OK);
  }

  /// Leases tasks [first, first + count) and certifies the `count` before them.
  void round(std::uint64_t first, std::uint64_t count) {
    run("BEGIN IMMEDIATE");
    const bool plain = m_rows == RawRows::kPlain;
    for (std::uint64_t index = first - std::min(first, count); index < first; ++index) {
      if (plain) step(m_leaseDelete, index + 1);
      if (!plain && index % kBlock == 0) step(m_blockDelete, index + 1);
      step(m_result, index + 1, index);
      if (plain) step(m_task, index + 1, index);
    }
    for (std::uint64_t index = first; index < first + count; ++index) {
      if (plain) step(m_lease, index + 1, index);
      if (!plain && index % kBlock == 0) step(m_block, index + 1, index);
    }
    step(m_progress, first + count, first);
    run("COMMIT");
  }

 private:
  using Database = std::unique_ptr<sqlite3, CloseDatabase>;
  using Prepared = std::unique_ptr<sqlite3_stmt, FinaliseStatement>;

  Prepared prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(m_database.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK);
    return Prepared(statement);
  }
  template <typename... Numbers>
  void step(const Prepared& statement, Numbers... numbers) {
    int at = 0;
    (sqlite3_bind_int64(statement.get(), ++at, static_cast<sqlite3_int64>(numbers)), ...);
    check(sqlite3_step(statement.get()) == SQLITE_DONE);
    sqlite3_reset(statement.get());
  }
  void run(const char* sql) { check(sqlite3_exec(m_database.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
  void check(bool good) const {
    if (good) return;
    std::fprintf(stderr, "raw SQLite: %s\n", sqlite3_errmsg(m_database.get()));
    std::exit(1);
  }

  static constexpr std::uint64_t kBlock = 10;

  RawRows m_rows;
  Database m_database;
  Prepared m_lease, m_leaseDelete, m_block, m_blockDelete, m_result, m_task, m_progress;
  std::array<unsigned char, kReportBytes> m_report{};
};

void removeDatabase(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix, ignored);
}

}  // namespace

double rawSqliteTasksPerSecond(const std::filesystem::path& folder, std::uint64_t round, std::uint64_t tasks,
                               RawRows rows) {
  const std::filesystem::path file = folder / "raw-ceiling.db";
  removeDatabase(file);
  std::chrono::duration<double> took{};
  {
    RawLife life(file, rows);
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t first = 0; first <= tasks; first += round) life.round(first, round);
    took = std::chrono::steady_clock::now() - start;
  }
  removeDatabase(file);
  return static_cast<double>(tasks) / took.count();
}

}  // namespace hearth::bench
