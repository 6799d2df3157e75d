// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fairness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace hearth::sim {
namespace {

constexpr std::size_t kMostRequesters = 16;

using Set = std::uint32_t;  ///< of requesters or groups, one bit each

struct Claim {
  std::uint64_t hosts = 0, weight = 0;
  /// Fewer hosts for its weight.
  bool scarcerThan(const Claim& other) const { return hosts * other.weight < other.hosts * weight; }
};

Set groupsOf(const Sharing& sharing, Set requesters) {
  Set groups = 0;
  for (std::size_t i = 0; i < sharing.requesters.size(); ++i) {
    if ((requesters >> i & 1) == 0) continue;
    for (const std::uint32_t group : sharing.requesters[i].groups) groups |= Set{1} << group;
  }
  return groups;
}

Claim claimOf(const Sharing& sharing, Set requesters, Set groups) {
  Claim claim;
  for (std::size_t i = 0; i < sharing.requesters.size(); ++i) {
    if ((requesters >> i & 1) != 0) claim.weight += sharing.requesters[i].weight;
  }
  for (std::size_t group = 0; group < sharing.hosts.size(); ++group) {
    if ((groups >> group & 1) != 0) claim.hosts += sharing.hosts[group];
  }
  return claim;
}

}  // namespace

std::vector<double> maxMinShares(const Sharing& sharing) {
  const std::size_t count = sharing.requesters.size();
  HEARTH_CHECK(count <= kMostRequesters && sharing.hosts.size() <= kMostRequesters, "small cases only");
  std::vector<double> shares(count, 0.0);
  Set left = (Set{1} << count) - 1;
  Set taken = 0;  // groups
  while (left != 0) {
    Set scarcest = 0;
    Claim least;
    for (Set some = left; some != 0; some = (some - 1) & left) {
      const Claim claim = claimOf(sharing, some, groupsOf(sharing, some) & ~taken);
      // Of equally scarce sets the union is scarcest too; any order gives the same shares.
      if (scarcest != 0 && !claim.scarcerThan(least)) continue;
      scarcest = some;
      least = claim;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if ((scarcest >> i & 1) == 0) continue;
      shares[i] = static_cast<double>(sharing.requesters[i].weight) * static_cast<double>(least.hosts) /
                  static_cast<double>(least.weight);
    }
    taken |= groupsOf(sharing, scarcest);
    left &= ~scarcest;
  }
  return shares;
}

double jainIndex(const Sharing& sharing, const SharingOutcome& outcome) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < outcome.service.size(); ++i) {
    const double normalised = outcome.service[i] / sharing.requesters[i].weight;
    sum += normalised;
    squares += normalised * normalised;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(outcome.service.size()) * squares) : 1.0;
}

double distanceToMaxMin(const Sharing& sharing, const SharingRun& run, const SharingOutcome& outcome) {
  const std::vector<double> shares = maxMinShares(sharing);
  const double runs = run.length.inSeconds() / run.run.inSeconds();
  double worst = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] <= 0) continue;
    const double wanted = shares[i] * runs;
    worst = std::max(worst, std::abs(static_cast<double>(outcome.attempts[i]) - wanted) / wanted);
  }
  return worst;
}

}  // namespace hearth::sim
