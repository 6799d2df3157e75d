// SPDX-License-Identifier: GPL-3.0-or-later
// bench_sim_million: figures sim_million (CPU time of a day of a million hosts on the real dispatcher, beside the bare
// event wheel) and sim_million_repeats (whether a world of 100,000 hosts gives the same hash twice).
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "base/random.h"
#include "bench/served_project.h"
#include "sim/event_queue.h"
#include "sim/million.h"
#include "sim/world.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr double kWantedSeconds = 120;

double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

long peakMegabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1'024;
}

std::string hexOf(std::uint64_t word) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(word));
  return text;
}

std::string text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3g", value);
  return digits;
}

/// So many happenings of as many hosts, spread over a day, with nobody behind them.
double bareWheelSeconds(std::uint32_t hosts, std::uint64_t events) {
  const double before = processorSeconds();
  EventQueue queue;
  RandomStream random(1);
  const auto interval = 2.0 * 86'400e6 * hosts / static_cast<double>(events);
  const auto next = [&] { return static_cast<std::int64_t>(random.unit() * interval); };
  for (std::uint32_t host = 0; host < hosts; ++host) queue.add({next()}, host, 0);
  for (std::uint64_t i = 0; i < events; ++i) {
    const auto happening = queue.next();
    queue.add({happening->at + next()}, happening->entity, 0);
  }
  return processorSeconds() - before;
}

void million() {
  constexpr std::uint32_t kHosts = 1'000'000;
  const double before = processorSeconds();
  World world(millionWorld(1, kHosts, Duration::days(1)));
  const WorldReport report = world.run();
  const double took = processorSeconds() - before;
  const double bare = bareWheelSeconds(kHosts, report.events);
  const auto events = static_cast<double>(report.events);
  bench::printFigure("sim_million", took, "CPU s", bare, took / bare,
                     {{"wanted", "at most " + text(kWantedSeconds) + " CPU s"},
                      {"hosts", "1,000,000 of the SETI profile for 24 virtual hours"},
                      {"work", "10,000,000 tasks of 2 h in 1,000 batches of 10 accounts"},
                      {"store", "changes are counted and dropped: nothing reads them back"},
                      {"events", std::to_string(report.events)},
                      {"calls", std::to_string(report.calls)},
                      {"certified", std::to_string(report.certified)},
                      {"us_an_event", text(took * 1e6 / events)},
                      {"us_an_event_bare", text(bare * 1e6 / events)},
                      {"ceiling", "the bare event wheel, as many happenings of as many hosts"},
                      {"peak_memory_mb", std::to_string(peakMegabytes())},
                      {"hash", hexOf(report.hash)}});
}

bool repeats() {
  const WorldOptions options = millionWorld(1, 100'000, Duration::hours(4));
  const WorldReport once = World(options).run();
  const WorldReport again = World(options).run();
  const double same = once.hash == again.hash ? 1 : 0;
  bench::printFigure("sim_million_repeats", same, "runs of two with one hash", 1, same,
                     {{"hosts", "100,000 for 4 virtual hours, 1,000,000 tasks in 1,000 batches"},
                      {"events", std::to_string(once.events)},
                      {"hash", hexOf(once.hash)},
                      {"again", hexOf(again.hash)},
                      {"other_compiler", "tests/sim/compilers"}});
  return once.hash == again.hash;
}

}  // namespace

int main() {
  million();
  return repeats() ? 0 : 1;
}
