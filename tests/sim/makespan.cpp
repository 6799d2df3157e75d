// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/makespan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "sim/ladder.h"

namespace hearth::sim {
namespace {

core::DispatcherOptions dispatcherOptions(const MakespanCase& setting) {
  core::DispatcherOptions options;
  options.leaseTerm = setting.interval * 3;
  options.syncWhenBusy = setting.interval;
  options.syncWhenIdle = setting.interval;
  options.idleSyncsPerSecond = setting.hosts;  // few enough that syncWhenIdle holds
  return options;
}

BatchPlan planOf(const MakespanCase& setting, const Bag& bag) {
  BatchPlan plan;
  plan.owner = AccountId{1};
  plan.tasks = bag.tasks;
  plan.application = "bag";
  plan.policy.deadline = setting.patience;
  plan.policy.retries = limits::kRetries;  // a host that leaves is nothing that a task did
  return plan;
}

WorldOptions worldOptions(const MakespanCase& setting, const Bag& bag) {
  WorldOptions options;
  options.seed = setting.seed;
  options.hosts = setting.hosts;
  options.length = setting.arrival + setting.patience;
  options.profile = setting.profile;
  options.stationary = setting.stationary;
  options.firstArrival = setting.arrival - std::min(setting.known, setting.arrival);
  options.arrivals = std::min(setting.known / 2, setting.interval);
  options.keepRows = false;
  options.dispatcher = dispatcherOptions(setting);
  options.submissions.push_back({setting.arrival, planOf(setting, bag), bag.megaflop});
  return options;
}

BagRun runOf(const WorldReport& report, Duration arrival) {
  BagRun run;
  run.done = report.done && report.failed == 0;
  run.makespan = report.makespan - arrival;
  run.ninety = report.ninety - arrival;
  run.wasted = report.wasted();
  run.copies = report.per(report.leases);
  return run;
}

}  // namespace

MakespanOutcome runMakespan(const MakespanCase& setting) {
  const Population population(setting.seed, setting.profile, setting.arrival + setting.patience, setting.stationary);
  const std::vector<HostTrace> traces = tracesOf(population, setting.hosts, setting.arrival, setting.patience);
  const Bag bag{setting.hosts * setting.tasksPerHost, megaflopAtMeanSpeed(traces, setting.run)};
  const std::optional<Duration> optimum = exactOptimum(traces, bag);
  HEARTH_CHECK(optimum.has_value(), "the case leaves time enough for its bag");
  const WorldReport report = World(worldOptions(setting, bag)).run();
  return {*optimum, runOf(report, setting.arrival), runLadder(traces, bag)};
}

}  // namespace hearth::sim
