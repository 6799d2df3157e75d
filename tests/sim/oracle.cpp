// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/oracle.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::sim {
namespace {

/// Mflop/s x microseconds: a fast host's month does not fit into 64 bits.
__extension__ using Wide = unsigned __int128;

constexpr Wide kMicros = 1'000'000;

Wide workDone(std::uint32_t megaflops, Duration run) { return Wide{megaflops} * static_cast<Wide>(run.micros); }

Duration endOf(Traces traces) {
  Duration end{};
  for (const HostTrace& trace : traces) {
    if (!trace.up.empty()) end = std::max(end, trace.up.back().until);
  }
  return end;
}

/// The first moment at which `enough` holds. It never turns false again, and changes at whole microseconds only.
template <typename Enough>
std::optional<Duration> firstTime(Traces traces, const Enough& enough) {
  std::int64_t before = -1;
  std::int64_t from = endOf(traces).micros;
  if (!enough(Duration{from})) return std::nullopt;
  while (from - before > 1) {
    const std::int64_t middle = before + (from - before) / 2;
    (enough(Duration{middle}) ? from : before) = middle;
  }
  return Duration{from};
}

/// Whole tasks that a host can finish by `end` when interruptions lose what was done.
Wide wholeTasks(const HostTrace& trace, Wide work, Duration end) {
  Wide tasks = 0;
  for (const UpSpan& span : trace.up) {
    if (span.from >= end) break;
    tasks += workDone(trace.megaflops, std::min(span.until, end) - span.from) / work;
  }
  return tasks;
}

}  // namespace

std::vector<HostTrace> tracesOf(const Population& population, std::uint32_t hosts, Duration arrival, Duration length) {
  std::vector<HostTrace> traces(hosts);
  for (std::uint32_t number = 0; number < hosts; ++number) {
    HostTrace& trace = traces[number];
    const HostTraits traits = population.traits(number);
    trace.megaflops = traits.megaflops;
    trace.benchmark = traits.benchmark;
    UpTimes times(population, number, traits);
    Duration from{};
    while (from < arrival + length) {
      const Duration until = std::min(times.until(), arrival + length);
      if (times.up() && until > arrival) trace.up.push_back({std::max(from, arrival) - arrival, until - arrival});
      from = times.until();
      times.advance(population);
    }
  }
  return traces;
}

std::uint64_t megaflopAtMeanSpeed(Traces traces, Duration run) {
  Wide sum = 0;
  for (const HostTrace& trace : traces) sum += workDone(trace.megaflops, run);
  HEARTH_CHECK(!traces.empty(), "there is a mean speed only where there are hosts");
  return static_cast<std::uint64_t>(sum / traces.size() / kMicros);
}

Duration upTime(const HostTrace& trace, Duration end) {
  Duration sum{};
  for (const UpSpan& span : trace.up) {
    if (span.from >= end) break;
    sum = sum + (std::min(span.until, end) - span.from);
  }
  return sum;
}

std::optional<Duration> exactOptimum(Traces traces, const Bag& bag) {
  const Wide work = bag.megaflop * kMicros;
  return firstTime(traces, [&](Duration end) {
    Wide tasks = 0;
    for (const HostTrace& trace : traces) tasks += workDone(trace.megaflops, upTime(trace, end)) / work;
    return tasks >= bag.tasks;
  });
}

std::optional<Duration> exactOptimumUnresumable(Traces traces, const Bag& bag) {
  const Wide work = bag.megaflop * kMicros;
  return firstTime(traces, [&](Duration end) {
    Wide tasks = 0;
    for (const HostTrace& trace : traces) tasks += wholeTasks(trace, work, end);
    return tasks >= bag.tasks;
  });
}

std::optional<Duration> fluidBound(Traces traces, const Bag& bag) {
  const Wide wanted = Wide{bag.tasks} * bag.megaflop * kMicros;
  return firstTime(traces, [&](Duration end) {
    Wide done = 0;
    for (const HostTrace& trace : traces) done += workDone(trace.megaflops, upTime(trace, end));
    return done >= wanted;
  });
}

}  // namespace hearth::sim
