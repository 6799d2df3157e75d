// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "unit/agent/core_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

// The world checks the promises at every action; here it is only made rough, and healed at the end.
TEST_CASE("whatever happens, no run is doubled, no result is lost, and in the end all work ends") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    RandomStream shape(seed);
    World world(seed * 7919, host(1 + shape.below(4)));
    world.tasksLeft = 30 + shape.below(100);
    world.taskTime = Duration::milliseconds(5 + shape.below(20'000));
    world.nextSync = Duration::seconds(1 + shape.below(60));
    world.chances = {.syncFails = shape.below(300),
                     .replyLost = shape.below(200),
                     .fetchFails = shape.below(200),
                     .uploadFails = shape.below(300),
                     .taskFails = shape.below(200),
                     .diskFull = shape.below(50),
                     .missing = shape.below(300),
                     .abort = shape.below(30),
                     .crash = shape.below(12),
                     .verb = shape.below(10),
                     .journalFails = shape.below(5)};
    for (int i = 0; i < 4; ++i) {
      world.serverDown = shape.below(3) == 0;
      world.run(Duration::minutes(10));
    }
    world.serverDown = false;
    world.chances = {};
    world.send(JournalHealth{});
    world.send(VerbRun{});
    world.run(Duration::hours(6));
    CHECK(world.tasksLeft == 0);
    CHECK(world.leased() == 0);
    CHECK(world.folders() == 0);
    CHECK(world.journalRows() == 0);
    CHECK(world.status().tasks.empty());
  }
}

TEST_CASE("the same seed gives the same run") {
  const auto trace = [] {
    World world(99);
    world.tasksLeft = 60;
    world.chances.syncFails = 200;
    world.chances.crash = 5;
    world.run(Duration::hours(1));
    return world.syncTimes;
  };
  CHECK(trace() == trace());
}
