// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bag_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace hearth::bench {
namespace {

using sim::BagRun;
using sim::MakespanCase;
using sim::MakespanOutcome;

BagAverages averageOf(const std::vector<MakespanOutcome>& outcomes, BagRun MakespanOutcome::*run) {
  BagAverages averages;
  const auto count = static_cast<double>(outcomes.size());
  for (const MakespanOutcome& outcome : outcomes) {
    const BagRun& bag = outcome.*run;
    averages.makespan += std::log(outcome.ratio(bag)) / count;
    averages.tail += std::log(bag.tailSlowdown()) / count;
    averages.wasted += bag.wasted / count;
    averages.copies += bag.copies / count;
    averages.worst = std::max(averages.worst, outcome.ratio(bag));
  }
  averages.makespan = std::exp(averages.makespan);
  averages.tail = std::exp(averages.tail);
  return averages;
}

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3f", value);
  return buffer;
}

std::vector<std::pair<std::string, std::string>> conditionsOf(const BagFigures& figures, const MakespanCase& setting,
                                                              std::size_t seeds) {
  return {{"hosts", std::to_string(setting.hosts)},
          {"seeds", std::to_string(seeds)},
          {"tasks a host", std::to_string(setting.tasksPerHost)},
          {"machines", "SETI: GFLOPS LN(1.267, .986), up Weibull(.393, 2.964 h), down LN(-.586, 2.844) h, 14th day"},
          {"tasks", "2 h at mean speed, resumable, one at a time on a host"},
          {"known before", "2 days of syncs without work; a benchmark that is off by LN(0, .1)"},
          {"syncs", "every 5 minutes, lease 15 minutes"},
          {"ceiling", "the reference ladder on the same seeds, with the same benchmarks"},
          {"worst seed", text(figures.dispatcher.worst)},
          {"ladder's worst seed", text(figures.ladder.worst)},
          {"seeds on which the ladder was faster", std::to_string(figures.ladderFaster)},
          {"wasted share of the work", text(figures.dispatcher.wasted)},
          {"attempts a task", text(figures.dispatcher.copies)}};
}

}  // namespace

BagExtent bagExtent(int argc, char** argv) {
  BagExtent extent;
  if (argc > 1) extent.seeds = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) extent.hosts = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  if (extent.seeds > 0 && extent.hosts > 0) return extent;
  std::fprintf(stderr, "usage: %s [SEEDS [HOSTS]]\n", argv[0]);
  std::exit(2);
}

BagFigures runBags(std::uint64_t tasksPerHost, const BagExtent& extent) {
  std::vector<MakespanOutcome> outcomes;
  MakespanCase setting;
  setting.hosts = extent.hosts;
  setting.tasksPerHost = tasksPerHost;
  for (setting.seed = 1; setting.seed <= extent.seeds; ++setting.seed) {
    outcomes.push_back(sim::runMakespan(setting));
    if (outcomes.back().dispatcher.done && outcomes.back().ladder.done) continue;
    std::fprintf(stderr, "seed %llu, %llu tasks a host: the bag was not finished\n",
                 static_cast<unsigned long long>(setting.seed), static_cast<unsigned long long>(tasksPerHost));
    std::exit(1);
  }
  BagFigures figures;
  figures.dispatcher = averageOf(outcomes, &MakespanOutcome::dispatcher);
  figures.ladder = averageOf(outcomes, &MakespanOutcome::ladder);
  figures.ladderFaster =
      static_cast<std::uint64_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const MakespanOutcome& outcome) {
        return outcome.dispatcher.makespan > outcome.ladder.makespan;
      }));
  figures.conditions = conditionsOf(figures, setting, outcomes.size());
  return figures;
}

}  // namespace hearth::bench
