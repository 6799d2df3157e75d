// SPDX-License-Identifier: GPL-3.0-or-later
// What only the SQLite store has: one writer a file, readers beside it, a backup while it runs.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/sqlite/connection.h"
#include "support/store_backends.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;
namespace fs = std::filesystem;

TEST_CASE("a second writer of the same file is refused while readers are not") {
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1)});
  const auto second = db::openSqliteStore(backend.file());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(second.error().message.find("in use by another hearthd") != std::string::npos);
  CHECK_FALSE(second.error().hint.empty());

  const fs::path link = backend.file().parent_path() / "alias.db";
  fs::create_symlink(backend.file(), link);
  CHECK_FALSE(db::openSqliteStore(link));

  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto other = db::openSqliteStore(backend.file());
    const auto reader = db::openSqliteReadStore(backend.file());
    _exit(!other && other.error().code == ErrorCode::kConflict && reader && (*reader)->batch({1}) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);

  const auto reader = must(db::openSqliteReadStore(backend.file()));
  CHECK(must(reader->batch({1})));
  applyOne(backend.store(), {sampleBatch(2, 1, 1)});
  CHECK(must(reader->batch({2})));
  backend.close();
  CHECK(db::openSqliteStore(backend.file()));
}

TEST_CASE("the database can be read by its owner alone") {
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1)});
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const fs::perms rights = fs::status(backend.file().string() + suffix).permissions();
    CHECK((rights & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
  }
}

TEST_CASE("a place where no database can be is refused with what to do") {
  const StoreFolder folder;
  for (const fs::path& file : {folder / "missing" / "hearth.db", folder / "."}) {
    const auto store = db::openSqliteStore(file);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == ErrorCode::kIo);
    CHECK_FALSE(store.error().hint.empty());
  }
  const auto read = db::openSqliteReadStore(folder / "hearth.db");
  REQUIRE_FALSE(read);
  CHECK(read.error().message.find("hearth.db") != std::string::npos);
  CHECK_FALSE(fs::exists(folder / "hearth.db"));
}

TEST_CASE("the writer waits for another program's lock and says so when it does not end") {
  SqliteBackend backend;
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(backend.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const Error error = failureOf(backend.store(), {sampleBatch(1, 1, 1)});
  CHECK(error.code == ErrorCode::kUnavailable);
  CHECK_FALSE(error.hint.empty());
  CHECK(must(backend.read().batches({}, {}, 10)).empty());
  REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  applyOne(backend.store(), {sampleBatch(1, 1, 1)});
}

TEST_CASE("readers in many threads see whole rounds while the writer writes") {
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1'000'000)});
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> reads{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        // A round certifies three tasks and appends one line of the audit: a state between rounds has thrice as many.
        const auto task = backend.read().task({{1}, 0});
        if (!task || (*task && (**task).attempts.size() % 3 != 0)) ++torn;
        const auto results = backend.read().results({1}, 0, 10'000);
        if (!results || results->size() % 3 != 0) ++torn;
        ++reads;
      }
    });
  }
  for (std::uint64_t i = 0; i < 200 || reads < 100; ++i) {
    Changes changes;
    for (std::uint64_t n = i * 3; n < i * 3 + 3; ++n) {
      changes.emplace_back(LeaseInsert{leaseOf(2 * n + 1, 1, 0)});
      changes.emplace_back(AttemptEnd{recordOf(leaseOf(2 * n + 1, 1, 0), AttemptState::kExpired)});
      changes.emplace_back(LeaseInsert{leaseOf(2 * n + 2, 1, n + 1)});
      changes.emplace_back(AttemptEnd{recordOf(leaseOf(2 * n + 2, 1, n + 1), AttemptState::kValid)});
      changes.emplace_back(taskOf(1, n + 1, TaskState::kCertified, 2 * n + 2));
    }
    applyOne(backend.store(), std::move(changes));
    REQUIRE(i < 100'000);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(torn == 0);
}

TEST_CASE("a backup of a running database is whole and opens as it is") {
  SqliteBackend backend;
  applyOne(backend.store(), firstSample());
  BatchInsert large = sampleBatch(9, 6, 1);
  large.spec = std::string(12'000'000, 'x');  // the copy takes several steps, between which the writer writes
  applyOne(backend.store(), {large});
  const StoreFolder folder;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> written{10};
  std::thread writer([&] {
    for (std::uint64_t id = 10; !stop; ++id) {
      const std::vector<db::Unit> units{{{sampleBatch(id, 5, 1), AuditAppend{{}, {5}, "b", std::to_string(id), ""}}}};
      if (!backend.store().apply(units)) return;
      written = id;
    }
  });
  while (written < 100) std::this_thread::yield();
  const std::uint64_t before = written;
  must(db::backupSqlite(backend.file(), folder / "backup.db"));
  stop = true;
  writer.join();

  CHECK_FALSE(fs::exists(folder / "backup.db-wal"));
  CHECK_FALSE(fs::exists(folder / "backup.db.part"));
  CHECK((fs::status(folder / "backup.db").permissions() & fs::perms::others_all) == fs::perms::none);
  const auto store = must(db::openSqliteStore(folder / "backup.db"));
  const auto read = must(db::openSqliteReadStore(folder / "backup.db"));
  const std::size_t batches = must(read->batches({5}, {}, 1'000'000)).size();
  CHECK(batches >= before - 9);
  CHECK(must(read->audit(1, 1'000'000)).size() == batches);
  CHECK(must(read->task({{1}, 2}))->attempts.size() == 1);
  applyOne(*store, {sampleBatch(1'000'000, 1, 1)});
}

TEST_CASE("a backup never replaces a file and leaves nothing when it fails") {
  SqliteBackend backend;
  applyOne(backend.store(), firstSample());
  const StoreFolder folder;
  std::ofstream(folder / "backup.db") << "precious";
  const auto over = db::backupSqlite(backend.file(), folder / "backup.db");
  REQUIRE_FALSE(over);
  CHECK(over.error().code == ErrorCode::kConflict);
  CHECK(fs::file_size(folder / "backup.db") == 8);
  CHECK_FALSE(db::backupSqlite(backend.file(), folder / "missing/backup.db"));
  CHECK_FALSE(db::backupSqlite(folder / "none.db", folder / "other.db"));
  CHECK_FALSE(fs::exists(folder / "other.db"));
  CHECK_FALSE(fs::exists(folder / "other.db.part"));
  CHECK_FALSE(fs::exists(folder / "none.db"));
}

namespace {

/// One of the leases that a sync gave: all to one host.
Lease leaseOfSync(std::uint64_t i) {
  Lease lease = leaseOf(i + 1, 1, i);
  lease.host = {1};
  return lease;
}

}  // namespace

TEST_CASE("what a sync gives and what it returns is one row each, whatever is ended in between") {
  SqliteBackend backend;
  Changes given{sampleBatch(1, 1, 1'000), progressOf(1, BatchState::kRunning, 200)};
  for (std::uint64_t i = 0; i < 150; ++i) given.emplace_back(LeaseInsert{leaseOfSync(i)});
  applyOne(backend.store(), std::move(given));
  const auto rows = [&] {
    auto connection = must(db::sqlite::Connection::open(backend.file(), db::sqlite::Connection::Access::kReader));
    return must(connection.number("SELECT count(*) FROM lease_block"));
  };
  CHECK(rows() == 3);  // 63, 63 and 24

  std::deque<Lease> left;
  Changes ended;
  for (std::uint64_t i = 0; i < 150; ++i) {
    if (i % 7 == 3 || i >= 126) {
      ended.emplace_back(AttemptEnd{recordOf(leaseOfSync(i), AttemptState::kValid)});
    } else {
      left.push_back(leaseOfSync(i));
    }
  }
  std::reverse(ended.begin(), ended.end());
  applyOne(backend.store(), std::move(ended));
  CHECK(rows() == 2);
  CHECK(must(backend.store().restore()).leases == left);

  for (const Lease& lease : left) applyOne(backend.store(), {AttemptEnd{recordOf(lease, AttemptState::kAborted)}});
  CHECK(rows() == 0);
  CHECK(must(backend.read().results({1}, 0, 1'000)).size() == 150 - left.size());
}
