// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/faults.h"

#include <algorithm>
#include <array>

#include "sim/distributions.h"

namespace hearth::sim {
namespace {

constexpr std::uint64_t kPlan = 50, kBehaviour = 51;

NetworkOptions drawNetwork(RandomStream& random, Duration until) {
  NetworkOptions network;
  network.fastest = Duration::milliseconds(5);
  network.slowest = Duration::milliseconds(chance(random, .5) ? 50 : 2'000);
  if (chance(random, .5)) network.loss = .3 * random.unit();
  if (chance(random, .5)) network.duplicate = .2 * random.unit();
  if (chance(random, .5)) {
    network.late = .2 * random.unit();
    network.latest = between(random, Duration::seconds(1), Duration::hours(1));
  }
  if (chance(random, .4)) {
    for (std::uint32_t i = random.below(4) + 1; i > 0; --i) {
      const Duration from = between(random, {}, until);
      network.partitions.push_back({from, from + between(random, {}, Duration::hours(2)), random.unit()});
    }
  }
  return network;
}

void drawServerFaults(RandomStream& random, FaultPlan& plan) {
  plan.commitTakes = Duration::milliseconds(chance(random, .8) ? 1 + random.below(20) : 500);
  if (chance(random, .4)) plan.crashAtCommit = .02 * random.unit();
  if (chance(random, .5)) {
    for (std::uint32_t i = random.below(6) + 1; i > 0; --i) plan.crashes.push_back(between(random, {}, plan.until));
    std::sort(plan.crashes.begin(), plan.crashes.end());
  }
  if (chance(random, .3)) plan.clockSteps = .5;
  if (chance(random, .4)) {
    for (std::uint32_t i = random.below(3) + 1; i > 0; --i) {
      const Duration from = between(random, {}, plan.until);
      const ErrorCode code = chance(random, .5) ? ErrorCode::kExhausted : ErrorCode::kIo;
      plan.troubles.push_back({from, from + between(random, {}, Duration::minutes(40)), code});
    }
  }
}

void drawHostFaults(RandomStream& random, FaultPlan& plan) {
  constexpr std::array kAll{Behaviour::kSlow,   Behaviour::kSlowing,    Behaviour::kDies,    Behaviour::kHolds,
                            Behaviour::kLies,   Behaviour::kFails,      Behaviour::kRepeats, Behaviour::kForgets,
                            Behaviour::kBoasts, Behaviour::kWhitewashes};
  for (const Behaviour behaviour : kAll) {
    if (chance(random, .4)) plan.behaviours.push_back({behaviour, .12 * random.unit()});
  }
  if (chance(random, .3)) plan.skewedHosts = random.unit();
  if (chance(random, .3)) plan.pauses = .5 * random.unit();
  if (chance(random, .3)) plan.revocations = .5 * random.unit();
}

}  // namespace

Behaviour FaultPlan::behaviourOf(std::uint64_t seed, std::uint32_t host) const {
  RandomStream random = streamOf(seed, host, kBehaviour);
  double dice = random.unit();
  for (const Share& part : behaviours) {
    if (dice < part.share) return part.behaviour;
    dice -= part.share;
  }
  return Behaviour::kHonest;
}

bool FaultPlan::anyLies() const {
  return std::any_of(behaviours.begin(), behaviours.end(),
                     [](const Share& part) { return part.behaviour == Behaviour::kLies; });
}

FaultPlan drawFaults(std::uint64_t seed, Duration until) {
  RandomStream random = streamOf(seed, 0, kPlan);
  FaultPlan plan;
  plan.until = until;
  plan.network = drawNetwork(random, until);
  drawServerFaults(random, plan);
  drawHostFaults(random, plan);
  return plan;
}

}  // namespace hearth::sim
