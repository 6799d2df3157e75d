// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 at any moment loses nothing that was acknowledged and leaves nothing half done.
#include <algorithm>
#include <cstdint>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "support/store_backends.h"
#include "support/store_sample.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

constexpr int kKills = 60;

/// Unit n (from 1) certifies task n - 1 with two attempts of which one stays leased. Its line of the audit names the
/// last unit of its round. Every third one touches the directory too.
Changes unit(std::uint64_t n, std::uint64_t last) {
  const Lease first = leaseOf(2 * n, 1, n - 1);
  BatchProgress progress = progressOf(1, BatchState::kRunning, n);
  progress.certified = n;
  Changes changes{LeaseInsert{first},
                  LeaseInsert{leaseOf(2 * n + 1, 1, n - 1)},
                  AttemptEnd{recordOf(first, AttemptState::kReturned)},
                  AttemptVerdict{{{1}, n - 1}, {2 * n}, AttemptState::kValid},
                  taskOf(1, n - 1, TaskState::kCertified, 2 * n),
                  AuditAppend{{}, {1}, "unit", std::to_string(n), std::to_string(last)},
                  CountersPut{2, 1, 2 * n + 2},
                  progress};
  if (n % 3 == 0) changes.emplace_back(AccountInsert{{{}, "account " + std::to_string(n), {}, {}}});
  return changes;
}

/// In the child: goes on from where the database is, and tells each acknowledged unit through the pipe, until it is
/// killed.
[[noreturn]] void applyForEver(const std::filesystem::path& file, int pipe, std::uint64_t seed) {
  auto store = db::openSqliteStore(file);
  if (!store) _exit(1);
  const auto snapshot = (*store)->restore();
  if (!snapshot) _exit(2);
  std::uint64_t next = 1;
  if (snapshot->batches.empty()) {
    const std::vector<db::Unit> batch{{{sampleBatch(1, 1, 1'000'000)}}};
    if (!(*store)->apply(batch)) _exit(3);
  } else {
    next = snapshot->batches[0].progress.certified + 1;
  }
  RandomStream random(seed);
  for (;;) {
    std::vector<db::Unit> units;
    const std::uint64_t last = next + random.below(8);
    while (next <= last) units.push_back({unit(next++, last)});
    if (!(*store)->apply(units)) _exit(4);
    const std::uint64_t acknowledged = next - 1;
    if (write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged) _exit(5);
  }
}

/// The last unit that the child told before it died.
std::uint64_t drain(int pipe) {
  std::uint64_t last = 0;
  std::uint64_t value = 0;
  while (read(pipe, &value, sizeof value) == sizeof value) last = value;
  return last;
}

/// How many units the database holds; all of their rows must be there, and no row of another.
std::uint64_t checkWhole(const std::filesystem::path& file) {
  const auto store = must(db::openSqliteStore(file));
  const auto read = must(db::openSqliteReadStore(file));
  const Snapshot snapshot = must(store->restore());
  if (snapshot.batches.empty()) return 0;
  const std::uint64_t units = snapshot.batches[0].progress.certified;
  CHECK(snapshot.counters == (units == 0 ? CountersPut{} : CountersPut{2, 1, 2 * units + 2}));
  CHECK(snapshot.leases.size() == units);
  CHECK(snapshot.tasks.empty());
  constexpr std::size_t kAll = 1'000'000;
  CHECK(must(read->tasks({1}, TaskState::kCertified, 0, kAll)).size() == units);
  CHECK(must(read->accounts({}, kAll)).size() == units / 3);
  const auto audit = must(read->audit(0, kAll));
  REQUIRE(audit.size() == units);
  if (units > 0) CHECK(audit.back().entry.detail == std::to_string(units));  // the round is whole
  const auto results = must(read->results({1}, 0, kAll));
  CHECK(results.size() == units);
  for (const db::CertifiedResult& result : results) {
    if (result.record == recordOf(leaseOf(2 * (result.index + 1), 1, result.index), AttemptState::kValid)) continue;
    FAIL("the result of task " << result.index << " is not what was applied");
  }
  return units;
}

}  // namespace

TEST_CASE("every acknowledged unit survives kill -9 and no unit is half there") {
  const StoreFolder folder;
  const std::filesystem::path file = folder / "hearth.db";
  RandomStream random(20'261'122);
  std::uint64_t acknowledged = 0;
  int working = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      close(pipes[0]);
      applyForEver(file, pipes[1], static_cast<std::uint64_t>(kill));
    }
    close(pipes[1]);
    // Some die while they open and recover; most are let work for a while first.
    std::uint64_t first = 0;
    if (kill % 4 != 0 && read(pipes[0], &first, sizeof first) != sizeof first) FAIL("the child ended by itself");
    usleep(random.below(20'000));
    ::kill(child, SIGKILL);
    acknowledged = std::max({acknowledged, first, drain(pipes[0])});
    close(pipes[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    INFO("kill " << kill << ", acknowledged " << acknowledged);
    const std::uint64_t kept = checkWhole(file);
    CHECK(kept >= acknowledged);
    CHECK(kept <= acknowledged + 8);  // at most the round that was under way
    if (kept > acknowledged || first != 0) ++working;
    acknowledged = kept;
  }
  CHECK(working >= kKills / 2);
}
