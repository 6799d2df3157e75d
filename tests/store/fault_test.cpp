// SPDX-License-Identifier: GPL-3.0-or-later
// What the SQLite store does when the disk does not do its part.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/store_backends.h"
#include "support/store_fault_vfs.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

/// A round with changes of several kinds, enough for some pages.
Changes roundOf(std::uint64_t first) {
  Changes changes;
  for (std::uint64_t index = first; index < first + 50; ++index) {
    const Lease lease = leaseOf(index + 1, 1, index);
    changes.emplace_back(LeaseInsert{lease});
    changes.emplace_back(AttemptEnd{recordOf(lease, AttemptState::kValid)});
    changes.emplace_back(taskOf(1, index, TaskState::kCertified, index + 1));
  }
  changes.emplace_back(progressOf(1, BatchState::kRunning, first + 50));
  changes.emplace_back(AuditAppend{{}, {1}, "round", std::to_string(first), ""});
  return changes;
}

/// Breaks the disk at every write (or sync) of a round in turn until the round gets through: each time it must fail
/// with `code`, keep nothing, and go on once the disk is well.
void breakEverywhere(FaultVfs& vfs, std::int64_t FaultyDisk::*budget, ErrorCode code) {
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1'000'000)});
  std::uint64_t first = 0;
  int failures = 0;
  for (std::int64_t good = 0;; ++good) {
    const std::string before = textOf(backend.store(), backend.read());
    vfs.disk.*budget = good;
    const std::vector<db::Unit> units{{roundOf(first)}, {roundOf(first + 50)}};
    const auto result = backend.store().apply(units);
    vfs.disk.heal();
    if (result) break;
    ++failures;
    INFO("fault after " << good << ": " << result.error().message);
    CHECK(result.error().code == code);
    CHECK(result.error().message.find("hearth.db") != std::string::npos);
    CHECK_FALSE(result.error().hint.empty());
    CHECK(textOf(backend.store(), backend.read()) == before);
    applyOne(backend.store(), roundOf(first));  // goes on where it was
    first += 50;
    if (good % 3 == 0) backend.reopen();
    REQUIRE(good < 10'000);
  }
  CHECK(failures > 0);
  CHECK(must(backend.read().results({1}, 0, 1'000'000)).size() == first + 100);
  backend.reopen();
  CHECK(must(backend.read().results({1}, 0, 1'000'000)).size() == first + 100);
}

std::string contentOf(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every round is on the disk before it is acknowledged") {
  FaultVfs vfs;
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1'000'000)});
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::uint64_t writes = vfs.disk.writes;
    applyOne(backend.store(), roundOf(i * 50));
    CHECK(vfs.disk.writes > writes);
    CHECK_FALSE(vfs.disk.logUnsynced);
  }
}

TEST_CASE("a restart reads what is open, not the tasks that are decided") {
  FaultVfs vfs;
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1'000'000)});
  for (std::uint64_t i = 0; i < 1'000; i += 10) {
    std::vector<db::Unit> units;
    for (std::uint64_t n = i; n < i + 10; ++n) units.push_back({roundOf(n * 50)});
    must(backend.store().apply(units));
  }
  applyOne(backend.store(), {taskOf(1, 77'777, TaskState::kActive), taskOf(1, 88'888, TaskState::kFailed),
                             LeaseInsert{leaseOf(900'000, 1, 99'999)}});
  backend.reopen();
  CHECK(std::filesystem::file_size(backend.file()) > 5'000'000);
  vfs.disk.bytesRead = 0;
  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.tasks.size() == 1);
  CHECK(snapshot.leases.size() == 1);
  const auto failedTasks = std::get<LoadedFailedTasks>(must(backend.store().load(LoadFailedTasks{{1}, 0})));
  CHECK(failedTasks.tasks.size() == 1);
  CHECK(must(backend.read().tasks({1}, TaskState::kFailed, 0, 100)).size() == 1);
  CHECK(must(backend.read().tasks({1}, TaskState::kCancelled, 0, 100)).empty());
  CHECK(must(backend.read().task({{1}, 25'000}))->attempts.size() == 1);
  CHECK(must(backend.read().results({1}, 25'000, 10)).size() == 10);
  CHECK(vfs.disk.bytesRead < 400'000);
}

TEST_CASE("a full disk at any write keeps nothing and is overcome when there is room") {
  FaultVfs vfs;
  vfs.disk.writeFault = SQLITE_FULL;
  breakEverywhere(vfs, &FaultyDisk::goodWrites, ErrorCode::kExhausted);
}

TEST_CASE("a write error at any write keeps nothing and is overcome when the disk is well") {
  FaultVfs vfs;
  vfs.disk.writeFault = SQLITE_IOERR_WRITE;
  breakEverywhere(vfs, &FaultyDisk::goodWrites, ErrorCode::kIo);
}

TEST_CASE("a sync that fails keeps nothing") {
  FaultVfs vfs;
  breakEverywhere(vfs, &FaultyDisk::goodSyncs, ErrorCode::kIo);
}

TEST_CASE("a read error is told as one") {
  FaultVfs vfs;
  SqliteBackend backend;
  applyOne(backend.store(), firstSample());
  backend.reopen();
  vfs.disk.goodReads = 0;
  const auto batch = backend.read().batch({1});
  vfs.disk.heal();
  REQUIRE_FALSE(batch);
  CHECK(batch.error().code == ErrorCode::kIo);
  CHECK(must(backend.read().batch({1})));
}

TEST_CASE("a file that may not grow is a full disk, on the real file system too") {
  const StoreFolder folder;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto store = db::openSqliteStore(folder / "hearth.db");
    if (!store) _exit(1);
    const std::vector<db::Unit> batch{{{sampleBatch(1, 1, 1'000'000)}}};
    if (!(*store)->apply(batch)) _exit(2);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit before = limit;
    limit.rlim_cur = 300'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      const std::vector<db::Unit> units{{roundOf(i * 50)}};
      const auto result = (*store)->apply(units);
      if (result) continue;
      if (result.error().code != ErrorCode::kExhausted || result.error().message.find("full") == std::string::npos) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        _exit(3);
      }
      setrlimit(RLIMIT_FSIZE, &before);
      _exit((*store)->apply(units) ? 0 : 4);
    }
    _exit(5);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(must(db::openSqliteStore(folder / "hearth.db"))->restore());
}

TEST_CASE("a damaged database is refused or told as damaged, whatever part it is") {
  SqliteBackend backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 1'000'000)});
  for (std::uint64_t i = 0; i < 20; ++i) applyOne(backend.store(), roundOf(i * 50));
  applyOne(backend.store(), {HostPut{sampleHost(1, 1)}});
  backend.close();
  const std::string whole = contentOf(backend.file());
  constexpr std::size_t kPage = 4096;
  int damaged = 0;
  for (std::size_t page = 0; page < whole.size() / kPage; ++page) {
    std::string broken = whole;
    broken.replace(page * kPage, kPage, std::string(kPage, '\xa5'));
    std::ofstream(backend.file(), std::ios::binary) << broken;
    const auto store = db::openSqliteStore(backend.file());
    const auto read = db::openSqliteReadStore(backend.file());
    std::vector<Error> errors;
    if (!store) errors.push_back(store.error());
    if (!read) errors.push_back(read.error());
    if (store) {
      if (const auto restored = (*store)->restore(); !restored) errors.push_back(restored.error());
      const std::vector<db::Unit> units{{roundOf(5'000)}};
      if (const auto applied = (*store)->apply(units); !applied) errors.push_back(applied.error());
    }
    if (read) {
      if (const auto results = (*read)->results({1}, 0, 1'000'000); !results) errors.push_back(results.error());
    }
    for (const Error& error : errors) {
      INFO("page " << page << ": " << error.message);
      CHECK(error.code == ErrorCode::kIntegrity);
      CHECK(error.message.find("hearth.db") != std::string::npos);
      CHECK(error.hint.find("backup") != std::string::npos);
    }
    damaged += errors.empty() ? 0 : 1;
  }
  CHECK(damaged > 10);
}

TEST_CASE("a file that is no database, or is cut off, is refused") {
  SqliteBackend backend;
  applyOne(backend.store(), firstSample());
  backend.close();
  const std::string whole = contentOf(backend.file());
  std::ofstream(backend.file(), std::ios::binary) << "this is a text that somebody put here by mistake, not a database";
  const auto text = db::openSqliteStore(backend.file());
  REQUIRE_FALSE(text);
  CHECK(text.error().code == ErrorCode::kIntegrity);
  CHECK(text.error().message.find("not a database") != std::string::npos);
  std::ofstream(backend.file(), std::ios::binary) << whole.substr(0, whole.size() / 2);
  const auto cut = db::openSqliteStore(backend.file());
  const auto error = cut ? (*cut)->restore().error() : cut.error();
  CHECK(error.code == ErrorCode::kIntegrity);
}
