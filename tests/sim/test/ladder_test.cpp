// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/ladder.h"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr std::uint32_t kHosts = 300;
constexpr Duration kArrival = Duration::days(14);

HostTrace host(std::uint32_t megaflops, std::vector<UpSpan> up) { return {megaflops, megaflops, std::move(up)}; }
constexpr Duration seconds(std::int64_t n) { return Duration::seconds(n); }
constexpr Duration kEver = Duration::days(30);

/// Geometric mean over seeds of makespan / optimum.
double slowdown(std::uint64_t tasksPerHost, const LadderOptions& options) {
  constexpr int kSeeds = 4;
  double logs = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Population population(seed, findProfile("seti-heavy").value(), {}, false);
    const std::vector<HostTrace> traces = tracesOf(population, kHosts, kArrival, Duration::days(120));
    const Bag bag{kHosts * tasksPerHost, megaflopAtMeanSpeed(traces, Duration::hours(2))};
    const BagRun run = runLadder(traces, bag, options);
    REQUIRE(run.done);
    logs += std::log(run.makespan.inSeconds() / exactOptimum(traces, bag)->inSeconds());
    CHECK(run.wasted > 0);
    CHECK(run.ninety <= run.makespan);
  }
  return std::exp(logs / kSeeds);
}

}  // namespace

TEST_CASE("a host that is never interrupted attains the optimum") {
  const std::vector<HostTrace> traces{host(100, {{{}, kEver}})};
  const BagRun run = runLadder(traces, {10, 100'000}, {});
  CHECK(run.done);
  CHECK(run.makespan == seconds(10'000));
  CHECK(run.ninety == seconds(9'000));
  CHECK(run.copies == 1.0);
  CHECK(run.wasted == Approx(0.0));
}

TEST_CASE("a task that its host left goes to another one when the lease ends") {
  const std::vector<HostTrace> traces{host(100, {{{}, seconds(500)}}), host(100, {{{}, kEver}})};
  LadderOptions options;
  options.replicas = false;
  const BagRun run = runLadder(traces, {2, 100'000}, options);
  CHECK(run.done);
  // Free at 1000 s, it asks each minute: at 1420 s the lease of 500 s + 15 min is over.
  CHECK(run.makespan == seconds(2'420));
  CHECK(run.wasted == Approx(500.0 / 2'500));
}

TEST_CASE("an interrupted attempt goes on where it was, and a late one still counts") {
  const std::vector<HostTrace> traces{host(100, {{{}, seconds(900)}, {seconds(5'000), kEver}})};
  const BagRun run = runLadder(traces, {1, 100'000}, {});
  CHECK(run.makespan == seconds(5'100));
}

TEST_CASE("a slow host gets nothing of the tail") {
  const std::vector<HostTrace> traces{host(10, {{{}, kEver}}), host(1'000, {{{}, kEver}})};
  const BagRun run = runLadder(traces, {1, 100'000}, {});
  CHECK(run.makespan == seconds(100));
}

TEST_CASE("each rung of the ladder shortens the makespan") {
  LadderOptions leases;
  leases.replicas = false;
  leases.slow = 0;
  LadderOptions replicas;
  replicas.slow = 0;
  const double first = slowdown(2, leases), second = slowdown(2, replicas), third = slowdown(2, {});
  CHECK(third < second);
  CHECK(second < first);
  CHECK(third > 1.0);
}
