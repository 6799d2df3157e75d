// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/oracle.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr std::int64_t kNever = 1'000'000'000'000;

/// When a host has finished so many tasks, by walking through its life microsecond by microsecond's worth of work.
std::int64_t finishes(const HostTrace& trace, std::uint64_t tasks, std::uint64_t megaflop, bool resumable) {
  const std::int64_t work = static_cast<std::int64_t>(megaflop) * 1'000'000;
  std::int64_t done = 0;
  std::uint64_t finished = 0;
  if (tasks == 0) return 0;
  for (const UpSpan& span : trace.up) {
    if (!resumable) done = 0;
    for (std::int64_t at = span.from.micros + 1; at <= span.until.micros; ++at) {
      done += trace.megaflops;
      if (done < work) continue;
      done -= work;
      if (++finished == tasks) return at;
    }
  }
  return kNever;
}

/// The best over every way to share the tasks out.
std::int64_t bestShare(Traces traces, std::uint64_t tasks, std::uint64_t megaflop, bool resumable) {
  if (traces.empty()) return tasks == 0 ? 0 : kNever;
  std::int64_t best = kNever;
  for (std::uint64_t mine = 0; mine <= tasks; ++mine) {
    const std::int64_t own = finishes(traces.front(), mine, megaflop, resumable);
    if (own >= best) break;
    best = std::min(best, std::max(own, bestShare(traces.subspan(1), tasks - mine, megaflop, resumable)));
  }
  return best;
}

std::vector<HostTrace> smallTraces(RandomStream& random) {
  std::vector<HostTrace> traces(1 + random.below(3));
  for (HostTrace& trace : traces) {
    trace.megaflops = 200'000 + random.below(900'000);
    std::int64_t at = random.below(5);
    for (std::uint32_t spans = 1 + random.below(4); spans > 0; --spans) {
      const std::int64_t until = at + 1 + random.below(8);
      trace.up.push_back({{at}, {until}});
      at = until + 1 + random.below(4);
    }
  }
  return traces;
}

std::int64_t orNever(std::optional<Duration> time) { return time ? time->micros : kNever; }

}  // namespace

TEST_CASE("the optimum of a small bag is that of the best of all ways to share it out") {
  RandomStream random(7);
  int solvable = 0;
  for (int round = 0; round < 2'000; ++round) {
    const std::vector<HostTrace> traces = smallTraces(random);
    const Bag bag{1 + random.below(5), 1 + random.below(2)};
    const std::int64_t resumable = bestShare(traces, bag.tasks, bag.megaflop, true);
    CHECK(orNever(exactOptimum(traces, bag)) == resumable);
    CHECK(orNever(exactOptimumUnresumable(traces, bag)) == bestShare(traces, bag.tasks, bag.megaflop, false));
    solvable += resumable < kNever ? 1 : 0;
  }
  CHECK(solvable > 500);
}

TEST_CASE("no bag is finished before the fluid bound, and losing interrupted work never helps") {
  const Population population(3, findProfile("seti-heavy").value(), Duration::days(20), false);
  const std::vector<HostTrace> traces = tracesOf(population, 200, Duration::days(2), Duration::days(15));
  const std::uint64_t megaflop = megaflopAtMeanSpeed(traces, Duration::hours(2));
  for (const std::uint64_t tasks : {1U, 50U, 200U, 1'000U}) {
    const Bag bag{tasks, megaflop};
    const auto optimum = exactOptimum(traces, bag);
    REQUIRE(optimum.has_value());
    CHECK(*fluidBound(traces, bag) <= *optimum);
    CHECK(*optimum <= *exactOptimumUnresumable(traces, bag));
  }
}

TEST_CASE("a bag that outlasts the traces has no optimum") {
  const std::vector<HostTrace> traces{{1'000'000, 1'000'000, {{{0}, {10}}}}};
  CHECK(exactOptimum(traces, {10, 1}) == Duration{10});
  CHECK_FALSE(exactOptimum(traces, {11, 1}).has_value());
}

TEST_CASE("the traces of a population tell the same up-time as the population") {
  const Population population(5, findProfile("mix").value(), Duration::days(30));
  const Duration arrival = Duration::days(3);
  const std::vector<HostTrace> traces = tracesOf(population, 50, arrival, Duration::days(10));
  for (std::uint32_t host = 0; host < 50; ++host) {
    for (const Duration end : {Duration::hours(1), Duration::days(4), Duration::days(10)}) {
      CHECK(upTime(traces[host], end) == upTime(population, host, arrival + end) - upTime(population, host, arrival));
    }
  }
}
