// SPDX-License-Identifier: GPL-3.0-or-later
// bench_fairness: figures fairness (weighted Jain index after 1,000 tasks a requester of equal eligibility),
// fairness_violations (of the bound of start-time fair queuing) and fairness_max_min (distance to the exact max-min
// optimum where eligibility differs), all through the real Dispatcher.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "bench/served_project.h"
#include "sim/fairness.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr std::uint64_t kSeeds = 20;
constexpr std::uint32_t kHosts = 200;
constexpr std::uint64_t kTasksEach = 1'000;
constexpr std::uint64_t kMixedCases = 50;

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.5f", value);
  return buffer;
}

/// Ten requesters with weights 1 to 10; some replicate their tasks, some need several processors for each.
Sharing equalEligibility() {
  Sharing sharing;
  sharing.hosts = {kHosts};
  for (std::uint32_t i = 0; i < 10; ++i) {
    Sharing::Requester requester;
    requester.groups = {0};
    requester.weight = 1 + i;
    requester.quorum = i % 3 == 1 ? 2 : 1;
    requester.cost = i % 4 == 2 ? 4 : 1;
    sharing.requesters.push_back(requester);
  }
  return sharing;
}

/// Long enough that the requesters have so many tasks each on average.
SharingRun runOver(const Sharing& sharing, std::uint64_t seed) {
  SharingRun run;
  run.seed = seed;
  run.spread = .5;
  run.length = run.run * static_cast<std::int64_t>(kTasksEach * sharing.requesters.size() / kHosts);
  return run;
}

Sharing unequalEligibility(RandomStream& random) {
  Sharing sharing;
  sharing.hosts.resize(2 + random.below(3));
  for (std::uint32_t& hosts : sharing.hosts) hosts = 1 + random.below(20);
  sharing.requesters.resize(2 + random.below(5));
  for (Sharing::Requester& requester : sharing.requesters) {
    requester.weight = 1 + random.below(4);
    for (std::uint32_t group = 0; group < sharing.hosts.size(); ++group) {
      if (random.below(2) == 0) requester.groups.push_back(group);
    }
    if (requester.groups.empty()) requester.groups.push_back(0);
  }
  return sharing;
}

void printEqual() {
  const Sharing sharing = equalEligibility();
  double worstJain = 1;
  double tightest = 0;
  std::uint64_t violations = 0, attempts = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SharingOutcome outcome = runSharing(sharing, runOver(sharing, seed));
    worstJain = std::min(worstJain, jainIndex(sharing, outcome));
    Sharing late = sharing;  // the same, with some that come when the others are under way
    for (std::size_t i = 0; i < late.requesters.size(); i += 2) {
      late.requesters[i].joins = Duration::hours(static_cast<std::int64_t>(i));
    }
    const SharingOutcome joined = runSharing(late, runOver(late, seed));
    violations += outcome.violations + joined.violations;
    tightest = std::max({tightest, outcome.tightest, joined.tightest});
    for (const std::uint64_t given : outcome.attempts) attempts += given;
  }
  const std::vector<std::pair<std::string, std::string>> conditions{
      {"requesters", std::to_string(sharing.requesters.size()) +
                         ", weights 1 to 10, three with quorum 2, two with 4 processors a task"},
      {"hosts", std::to_string(kHosts) + ", a task takes 15 to 45 minutes"},
      {"attempts a requester", std::to_string(attempts / kSeeds / sharing.requesters.size())},
      {"seeds", std::to_string(kSeeds) + "; the worst counts"},
      {"largest lag / bound", text(tightest)},
      {"bound", "|W_f/r_f - W_m/r_m| <= l_f/r_f + l_m/r_m over all intervals, also with requesters that join later"},
      {"ceiling", "perfect fairness"}};
  bench::printFigure("fairness", worstJain, "weighted Jain index", 1, worstJain, conditions);
  bench::printFigure("fairness_violations", static_cast<double>(violations), "attempts beyond the bound", 0, tightest,
                     conditions);
}

void printUnequal() {
  RandomStream random(1);
  double worst = 0, sum = 0;
  SharingRun run;
  run.length = Duration::days(10);
  for (run.seed = 1; run.seed <= kMixedCases; ++run.seed) {
    const Sharing sharing = unequalEligibility(random);
    const double distance = distanceToMaxMin(sharing, run, runSharing(sharing, run));
    worst = std::max(worst, distance);
    sum += distance;
  }
  bench::printFigure("fairness_max_min", worst * 100, "% from the max-min share, worst requester of all cases", 0, 0,
                     {{"cases", std::to_string(kMixedCases)},
                      {"mean of the cases' worst", text(sum / kMixedCases * 100)},
                      {"requesters", "2 to 6, weights 1 to 4, each with its own set of 2 to 4 groups of 1 to 20 hosts"},
                      {"length", "480 tasks a host"},
                      {"ceiling", "exact max-min shares by progressive filling"}});
}

}  // namespace

int main() {
  printEqual();
  printUnequal();
  return 0;
}
