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

TEST_CASE("accounts that always have work are served within the bound of fair queuing, restarts or not") {
  for (const bool crashes : {false, true}) {
    WorldOptions options = smallWorld(4);
    options.profile = findProfile("steady").value();
    options.profile.speedSigma = 0.01;  // nobody is kept out of a batch
    options.hosts = 20;
    options.processors = 3;
    options.check = options.checkFairness = true;
    options.submissions.assign(4, options.submissions.front());
    for (std::uint64_t i = 0; i < options.submissions.size(); ++i) {
      options.submissions[i].at = Duration::minutes(static_cast<std::int64_t>(30 * i));
      options.submissions[i].plan.owner = AccountId{1 + i % 3};
      options.submissions[i].megaflop /= 8;
    }
    if (crashes) {
      options.faults = FaultPlan{};
      options.faults->until = Duration::hours(6);
      options.faults->network.fastest = options.faults->network.slowest = Duration::milliseconds(20);
      options.faults->crashAtCommit = .01;
    }
    const WorldReport report = World(options).run();
    INFO((report.complaints.empty() ? std::string() : report.complaints.front()));
    CHECK(report.complaintCount == 0);
    CHECK(report.certified == 800);
    CHECK((report.crashes > 0) == crashes);
  }
}
