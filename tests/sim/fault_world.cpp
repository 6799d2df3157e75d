// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fault_world.h"

#include <utility>

#include "sim/distributions.h"

namespace hearth::sim {
namespace {

constexpr std::uint64_t kWorkStream = 70;
constexpr std::uint64_t kHalfAnHour = 1'800ULL * 5'771;  ///< on a mean SETI host

/// Where hosts lie, a result counts only when others agree.
BatchPolicy drawPolicy(RandomStream& random, bool lies, std::uint64_t tasks) {
  BatchPolicy policy;
  policy.quorum = lies ? 2 + random.below(2) : 1 + random.below(3);
  policy.retries = 4 + random.below(8);
  policy.deadline = between(random, Duration::hours(3), Duration::hours(20));
  policy.priority = static_cast<std::int32_t>(random.below(3));
  // A large batch too must come to its end within the world's days.
  if (chance(random, .25)) policy.atOnce = 2 + random.below(20) + tasks / 1'000 * 100;
  return policy;
}

}  // namespace

WorldOptions faultWorld(std::uint64_t seed, std::uint32_t hosts, std::uint64_t tasks) {
  RandomStream random = streamOf(seed, 0, kWorkStream);
  WorldOptions options;
  options.seed = seed;
  options.hosts = hosts;
  options.length = Duration::days(60);
  options.profile = findProfile(chance(random, .3) ? "steady" : "random").value();
  options.arrivals = Duration::minutes(random.below(120));
  options.processors = 1 + random.below(4);
  options.buffer = random.below(3);
  options.resumable = chance(random, .7);
  options.check = true;
  options.faults = drawFaults(seed, between(random, Duration::hours(2), Duration::hours(8)));
  const std::uint32_t batches = 2 + random.below(4);
  for (std::uint32_t i = 0; i < batches; ++i) {
    Submission submission;
    submission.plan.owner = AccountId{1 + random.below(3)};
    submission.plan.tasks = tasks / batches + 1;
    submission.plan.policy = drawPolicy(random, options.faults->anyLies(), submission.plan.tasks);
    submission.megaflop = kHalfAnHour / 2 + random.below(kHalfAnHour);
    submission.at = between(random, {}, Duration::hours(3));
    if (i > 0 && chance(random, .15)) submission.cancelAt = between(random, submission.at, Duration::hours(12));
    options.submissions.push_back(std::move(submission));
  }
  return options;
}

WorldOptions withoutFaults(WorldOptions options) {
  options.faults.reset();
  return options;
}

}  // namespace hearth::sim
