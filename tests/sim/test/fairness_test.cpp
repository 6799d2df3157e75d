// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fairness.h"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

Sharing::Requester requester(std::uint32_t weight, std::vector<std::uint32_t> groups) {
  Sharing::Requester made;
  made.weight = weight;
  made.groups = std::move(groups);
  return made;
}

Sharing randomSharing(RandomStream& random) {
  Sharing sharing;
  sharing.hosts.resize(1 + random.below(4));
  for (std::uint32_t& hosts : sharing.hosts) hosts = 1 + random.below(20);
  sharing.requesters.resize(1 + random.below(5));
  for (Sharing::Requester& one : sharing.requesters) {
    one.weight = 1 + random.below(4);
    for (std::uint32_t group = 0; group < sharing.hosts.size(); ++group) {
      if (random.below(2) == 0) one.groups.push_back(group);
    }
    if (one.groups.empty()) one.groups.push_back(random.below(static_cast<std::uint32_t>(sharing.hosts.size())));
  }
  return sharing;
}

/// Whether the shares can be had: no set of requesters wants more than the hosts that it can use (Hall).
bool feasible(const Sharing& sharing, const std::vector<double>& shares) {
  for (std::uint32_t set = 1; set < 1U << shares.size(); ++set) {
    double wanted = 0, there = 0;
    for (std::uint32_t group = 0; group < sharing.hosts.size(); ++group) {
      bool usable = false;
      for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto& groups = sharing.requesters[i].groups;
        usable = usable || ((set >> i & 1) != 0 && std::find(groups.begin(), groups.end(), group) != groups.end());
      }
      if (usable) there += sharing.hosts[group];
    }
    for (std::size_t i = 0; i < shares.size(); ++i) wanted += (set >> i & 1) != 0 ? shares[i] : 0;
    if (wanted > there + 1e-9) return false;
  }
  return true;
}

/// Water-filling by small cups: who has least for its weight gets the next one, as long as it can be had.
std::vector<double> filled(const Sharing& sharing, double cup) {
  std::vector<double> shares(sharing.requesters.size(), 0.0);
  std::vector<bool> full(shares.size(), false);
  while (true) {
    std::size_t next = shares.size();
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const auto level = [&](std::size_t one) { return shares[one] / sharing.requesters[one].weight; };
      if (!full[i] && (next == shares.size() || level(i) < level(next))) next = i;
    }
    if (next == shares.size()) return shares;
    shares[next] += cup;
    if (feasible(sharing, shares)) continue;
    shares[next] -= cup;
    full[next] = true;
  }
}

}  // namespace

TEST_CASE("max-min shares are those of filling cup by cup") {
  RandomStream random(11);
  constexpr double kCup = 1.0 / 64;
  for (int round = 0; round < 100; ++round) {
    const Sharing sharing = randomSharing(random);
    const std::vector<double> exact = maxMinShares(sharing);
    CHECK(feasible(sharing, exact));
    const std::vector<double> poured = filled(sharing, kCup);
    for (std::size_t i = 0; i < exact.size(); ++i) CHECK(poured[i] == Approx(exact[i]).margin(6 * kCup));
  }
}

TEST_CASE("a requester that can use one scarce group gets the best of it, and the other the rest") {
  Sharing sharing;
  sharing.hosts = {10, 30};
  sharing.requesters = {requester(1, {0}), requester(1, {0, 1})};
  CHECK(maxMinShares(sharing) == std::vector<double>{10, 30});
  sharing.requesters[1].groups = {0};
  CHECK(maxMinShares(sharing) == std::vector<double>{5, 5});
}

TEST_CASE("requesters of equal eligibility are served by weight within the bound, replicas and big tasks charged") {
  Sharing sharing;
  sharing.hosts = {50};
  sharing.requesters = {requester(1, {0}), requester(2, {0}), requester(3, {0}), requester(8, {0})};
  sharing.requesters[1].quorum = 2;
  sharing.requesters[2].cost = 4;
  sharing.requesters[3].joins = Duration::hours(6);
  SharingRun run;
  run.spread = .5;
  run.length = Duration::days(2);
  const SharingOutcome outcome = runSharing(sharing, run);
  CHECK(outcome.pairs == 6);
  CHECK(outcome.violations == 0);
  CHECK(outcome.tightest > 0);
  CHECK(outcome.tasks < outcome.attempts[0] + outcome.attempts[1] + outcome.attempts[2] + outcome.attempts[3]);

  for (Sharing::Requester& one : sharing.requesters) one.joins = {};
  CHECK(jainIndex(sharing, runSharing(sharing, run)) > .999);
}

TEST_CASE("requesters of unequal eligibility get their max-min shares") {
  RandomStream random(3);
  SharingRun run;
  run.length = Duration::days(6);
  for (int round = 0; round < 10; ++round) {
    const Sharing sharing = randomSharing(random);
    run.seed = static_cast<std::uint64_t>(round);
    CHECK(distanceToMaxMin(sharing, run, runSharing(sharing, run)) < .02);
  }
}
