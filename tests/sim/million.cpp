// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/million.h"

namespace hearth::sim {

WorldOptions millionWorld(std::uint64_t seed, std::uint32_t hosts, Duration length) {
  constexpr std::uint64_t kBatches = 1'000, kTasksAHost = 10, kAccounts = 10;
  constexpr std::uint64_t kTwoHours = 7'200ULL * 5'771;  // on the mean SETI host
  WorldOptions options;
  options.seed = seed;
  options.hosts = hosts;
  options.length = length;
  options.hostsPerAccount = 1'000;
  options.keepRows = false;
  for (std::uint64_t i = 0; i < kBatches; ++i) {
    Submission submission;
    submission.plan.owner = AccountId{1 + i % kAccounts};
    submission.plan.tasks = hosts * kTasksAHost / kBatches;
    submission.plan.policy.deadline = Duration::days(14);
    submission.megaflop = kTwoHours;
    options.submissions.push_back(submission);
  }
  return options;
}

}  // namespace hearth::sim
