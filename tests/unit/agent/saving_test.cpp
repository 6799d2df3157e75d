// SPDX-License-Identifier: GPL-3.0-or-later
// When tasks are asked for their state, and what becomes of it.
#include <catch2/catch.hpp>

#include "unit/agent/core_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

/// A host with two long tasks that know checkpoints.
World patientWorld(std::uint64_t seed) {
  World world(seed);
  world.taskTime = Duration::hours(100);
  world.tasksLeft = 2;
  world.checkpoint = Duration::minutes(1);
  return world;
}

}  // namespace

TEST_CASE("a task is asked for its state on the period, and the server is told of the newest") {
  World world = patientWorld(1);
  world.run(Duration::minutes(10) + Duration::seconds(30));
  CHECK(world.checkpointsAsked >= 18);
  CHECK(world.checkpointsAsked <= 20);
  CHECK(world.checkpointsSent == world.checkpointsAsked);
  REQUIRE(world.checkpoints.size() == 2);
  for (const auto& [attempt, checkpoint] : world.checkpoints) CHECK(checkpoint.size + 1 >= world.checkpointsAsked);
}

TEST_CASE("a task that knows no checkpoints is never asked") {
  World world = patientWorld(2);
  world.checkpoint = {};
  world.run(Duration::minutes(5));
  world.send(VerbPause{});
  world.run(Duration::minutes(5));
  CHECK(world.checkpointsAsked == 0);
  CHECK(world.freezes.size() == 2);
}

TEST_CASE("a task writes its state before it is frozen, and is frozen soon even if it does not") {
  for (const bool writes : {true, false}) {
    World world = patientWorld(3);
    world.writesCheckpoints = writes;
    world.run(Duration::seconds(90));
    const std::uint64_t before = world.checkpointsAsked;
    const Instant asked = world.now;
    world.send(VerbPause{});
    CHECK(world.checkpointsAsked == before + 2);
    CHECK(world.freezes.empty());
    world.run(Duration::seconds(30));
    REQUIRE(world.freezes.size() == 2);
    CHECK(world.freezes.back() - asked <= (writes ? Duration::milliseconds(10) : bounds::kFreezeGrace));
    const std::uint64_t paused = world.checkpointsAsked;
    world.run(Duration::minutes(10));
    CHECK(world.checkpointsAsked == paused);  // a frozen task cannot write
    world.send(VerbRun{});
    world.run(Duration::minutes(2));
    CHECK(world.checkpointsAsked > paused);
  }
}

TEST_CASE("a pause that ends at once freezes nothing") {
  World world = patientWorld(4);
  world.writesCheckpoints = false;
  world.run(Duration::seconds(90));
  world.send(VerbPause{});
  world.send(VerbRun{});
  world.run(Duration::seconds(5));
  CHECK(world.freezes.empty());
}

TEST_CASE("an agent that quits lets its tasks write first, and tells the server of it") {
  World world = patientWorld(5);
  world.run(Duration::seconds(30));
  const Instant asked = world.now;
  world.send(VerbQuit{});
  CHECK(world.stops.empty());
  world.run(Duration::seconds(10));
  CHECK(world.exited);
  REQUIRE(world.stops.size() == 2);
  CHECK(world.stops.back() - asked <= Duration::milliseconds(10));
  CHECK(world.checkpoints.size() == 2);
}

TEST_CASE("an agent that quits waits only so long for a task that does not write") {
  World world = patientWorld(6);
  world.writesCheckpoints = false;
  world.run(Duration::seconds(30));
  const Instant asked = world.now;
  world.send(VerbQuit{});
  world.run(Duration::seconds(10));
  CHECK(world.exited);
  REQUIRE(world.stops.size() == 2);
  CHECK(world.stops.back() - asked == bounds::kStopGrace);
  CHECK(world.freezes.empty());
}

TEST_CASE("a task that gets on is not given up, however often the machine is switched off") {
  World world = patientWorld(7);
  for (std::uint32_t i = 0; i < 3 * bounds::kLosses; ++i) {
    world.run(Duration::minutes(2));
    world.crash();
  }
  world.run(Duration::minutes(1));
  CHECK(world.hostFailed == 0);
}

TEST_CASE("a state that could not be sent is followed by the next one") {
  World world = patientWorld(8);
  world.run(Duration::seconds(50));
  world.serverDown = true;
  world.run(Duration::minutes(3));
  CHECK(world.checkpoints.empty());
  const std::uint64_t lost = world.checkpointsSent;
  CHECK(lost >= 4);
  CHECK(lost <= 6);
  world.serverDown = false;
  world.run(Duration::minutes(8));
  CHECK(world.checkpoints.size() == 2);
}

TEST_CASE("a task whose deadline comes is asked once more before it") {
  World world(10);
  world.taskTime = Duration::hours(500);
  world.tasksLeft = 1;
  world.checkpoint = Duration::hours(200);
  world.run(Duration::hours(239));
  REQUIRE(world.status().tasks.size() == 1);
  CHECK(world.checkpointsAsked == 1);
  const Instant before = world.now;
  while (world.checkpointsAsked == 1 && world.now - before < Duration::hours(2)) world.run(Duration::minutes(1));
  CHECK(world.checkpointsAsked == 2);
  CHECK(world.now - before < Duration::hours(1));
}
