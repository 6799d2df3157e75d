// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/world.h"

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::sim;

namespace {

WorldOptions smallWorld(std::uint64_t seed) {
  WorldOptions options;
  options.seed = seed;
  options.hosts = 60;
  options.length = Duration::days(40);
  Submission submission;
  submission.plan.owner = AccountId{1};
  submission.plan.tasks = 200;
  submission.plan.policy.retries = 50;
  submission.plan.policy.deadline = Duration::days(14);
  submission.megaflop = 7'200ULL * 5'771;
  options.submissions = {submission};
  return options;
}

}  // namespace

TEST_CASE("a world of the real dispatcher ends all its tasks and repeats bit for bit") {
  const WorldReport report = World(smallWorld(1)).run();
  CHECK(report.done);
  CHECK(report.certified == 200);
  CHECK(report.results >= 200);
  CHECK(report.hash == World(smallWorld(1)).run().hash);
  CHECK(report.hash != World(smallWorld(2)).run().hash);
}

TEST_CASE("work that begins again after an interruption takes longer than work that goes on") {
  WorldOptions options = smallWorld(3);
  options.dispatcher.leaseTerm = Duration::days(10);
  const WorldReport resumed = World(options).run();
  options.resumable = false;
  const WorldReport restarted = World(options).run();
  CHECK(restarted.executedMegaflop > resumed.executedMegaflop);
}
