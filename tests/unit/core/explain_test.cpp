// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told of the hosts there are.
#include "core/explain.h"

#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

namespace {

HostDescription small() {
  HostDescription description = World::description();
  description.memoryBytes = 1ULL << 30;
  return description;
}

HostDescription windows() {
  HostDescription description = small();
  description.platform = "windows-x86_64";
  return description;
}

Requirements twoGiB() {
  Requirements needs;
  needs.memoryBytes = 2ULL << 30;
  return needs;
}

}  // namespace

TEST_CASE("an explanation says which need excludes how many hosts, and for how many it is the only one") {
  World world;
  const HostId good = world.enrol();
  const HostId away = world.enrol();
  const HostId little = world.enrol(small());
  const HostId other = world.enrol(windows());
  const HostId revoked = world.enrol();
  for (const HostId host : {good, away, little, other, revoked}) world.fetch(host, 0);
  world.expect<Done>(RevokeHost{revoked});
  world.wait(Duration::days(2));
  for (const HostId host : {good, little, other}) world.fetch(host, 1);

  const Explanation found = explain(world.dispatcher(), twoGiB(), world.now);
  CHECK(found.hosts == 4);
  CHECK(found.matching == 1);
  CHECK(found.idle == 1);
  CHECK(found.of(Need::kPresence).first == 1);
  CHECK(found.of(Need::kPresence).alone == 1);
  CHECK(found.of(Need::kPlatform).first == 1);
  CHECK(found.of(Need::kPlatform).alone == 0);  // that host lacks memory too
  CHECK(found.of(Need::kMemory).first == 1);
  CHECK(found.of(Need::kMemory).alone == 1);
  CHECK(found.of(Need::kGpus).first == 0);
}

TEST_CASE("hosts of a group that a batch may not use are told as that, and count for no forecast") {
  World world;
  world.fetch(world.enrol(), 0);
  const HostId kept = world.enrol();
  world.fetch(kept, 0);
  const GroupId group = world.expect<GroupKept>(PutGroup{{{}, "lab", AccountId{7}, {AccountId{7}}}}).group;
  world.expect<Done>(MoveHost{kept, group});
  BatchPlan stranger{AccountId{1}, "test", 4, {}, {}, "app"};
  const Explanation found = explain(world.dispatcher(), stranger, world.now);
  CHECK(found.matching == 1);
  CHECK(found.of(Need::kPlace).first == 1);
  CHECK(found.of(Need::kPlace).alone == 1);
  Workload work{{}, "app", 10};
  CHECK(forecast(world.dispatcher(), work, world.now).hosts == 2);
  work.placed = &stranger;
  CHECK(forecast(world.dispatcher(), work, world.now).hosts == 1);
}

TEST_CASE("an explanation agrees with whom a task is given to") {
  World world;
  const HostId good = world.enrol();
  const HostId little = world.enrol(small());
  world.submit(10, {}, twoGiB());
  CHECK(world.fetch(little, 1).empty());
  CHECK(world.fetch(good, 8).size() == 8);
  const Explanation found = explain(world.dispatcher(), twoGiB(), world.now);
  CHECK(found.matching == 1);
  CHECK(found.idle == 0);  // all its places are taken
}

TEST_CASE("a forecast rests on the time that a person names") {
  World world;
  for (int i = 0; i < 2; ++i) world.fetch(world.enrol(), 8);
  Workload work{{}, "", 160, 1, Duration::minutes(10)};
  const Forecast told = forecast(world.dispatcher(), work, world.now);
  CHECK_FALSE(told.learnt);
  CHECK_FALSE(told.guessed);
  CHECK(told.hosts == 2);
  CHECK(told.slots == 16);
  CHECK(told.computing == Duration::minutes(1600));
  REQUIRE(told.half.has_value());
  REQUIRE(told.most.has_value());
  CHECK(*told.half >= Duration::minutes(50));
  CHECK(*told.half < Duration::minutes(80));
  CHECK(*told.most > *told.half);
  work.quorum = 2;
  CHECK(forecast(world.dispatcher(), work, world.now).computing == Duration::minutes(3200));
}

TEST_CASE("a forecast rests on what tasks of the application took") {
  World world;
  const HostId host = world.enrol();
  CHECK(forecast(world.dispatcher(), {{}, "app", 10}, world.now).guessed);
  SubmitBatch submission;
  submission.plan = {AccountId{1}, "test", 4, {}, {}, "app"};
  submission.spec = "{}";
  world.expect<BatchAccepted>(submission);
  for (const Lease& lease : world.fetch(host, 4)) {
    wire::ReturnedResult result = World::result(lease);
    result.report.usage.processor = Duration::minutes(3);
    world.give(host, result);
  }
  const Forecast told = forecast(world.dispatcher(), {{}, "app", 10}, world.now);
  CHECK(told.learnt);
  CHECK(told.taskTime > Duration::minutes(2));
  CHECK(told.taskTime < Duration::minutes(4));
}

TEST_CASE("a forecast of what no host can run promises no end") {
  World world;
  world.fetch(world.enrol(small()), 1);
  const Forecast told = forecast(world.dispatcher(), {twoGiB(), "app", 10}, world.now);
  CHECK(told.hosts == 0);
  CHECK_FALSE(told.half.has_value());
  CHECK(told.computing == Duration::hours(10));
}
