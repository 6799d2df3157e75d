// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a task is given to, and what becomes of hosts that fall silent, fail or are slow.
#include <algorithm>

#include "base/limits.h"
#include "base/random.h"
#include "core/horizon.h"
#include "core/host_model.h"
#include "core/task_entry.h"
#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

namespace {

HostDescription withSpeed(std::uint32_t megaflops) {
  HostDescription description = World::description();
  description.processors = 1;
  description.speed = megaflops;
  return description;
}

wire::ReturnedResult resultAfter(const Lease& lease, Duration ran) {
  wire::ReturnedResult result = World::result(lease);
  result.report.usage.processor = ran;
  return result;
}

wire::ReturnedResult hostFailure(const Lease& lease) {
  wire::ReturnedResult result = World::failure(lease, "no sandbox could be made");
  result.report.exit = ExitKind::kHostFailed;
  return result;
}

std::size_t aborted(World& world, HostId host, AttemptId attempt) {
  wire::SyncRequest ask = World::request(0);
  ask.held = {attempt};
  return world.sync(host, ask).aborts.size();
}

}  // namespace

TEST_CASE("a host that was silent goes on where it was if its task is still undecided") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId host = world.enrol();
  const HostId other = world.enrol();
  const auto lease = world.fetch(host, 1);
  world.wait(Duration::hours(3));
  CHECK(world.dispatcher().stats().lapsedAttempts == 1);
  CHECK(world.dispatcher().stats().tasksWaitingAgain == 1);
  CHECK(aborted(world, host, lease[0].attempt) == 0);
  CHECK(world.dispatcher().stats().lapsedAttempts == 0);
  CHECK(world.fetch(other, 1).empty());
  CHECK(world.give(host, World::result(lease[0])).verdict == wire::AckVerdict::kAccepted);
  CHECK(world.task(batch, 0).attempts.size() == 1);
}

TEST_CASE("when a silent host comes back to a task that another has, the first result counts and the other stops") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId first = world.enrol();
  const HostId second = world.enrol();
  const auto one = world.fetch(first, 1);
  world.wait(Duration::minutes(11));
  const auto two = world.fetch(second, 1);
  REQUIRE(two.size() == 1);
  CHECK(aborted(world, first, one[0].attempt) == 0);
  CHECK(world.dispatcher().stats().liveAttempts == 2);
  world.give(first, World::result(one[0]));
  CHECK(world.record(batch).progress.certified == 1);
  CHECK(aborted(world, second, two[0].attempt) == 1);
  CHECK(world.dispatcher().stats().liveAttempts == 0);
}

TEST_CASE("with distinct accounts nobody agrees with himself") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  policy.distinct = Distinct::kAccounts;
  const BatchId batch = world.submit(1, policy);
  const HostId one = world.enrol(World::description(), AccountId{5});
  const HostId same = world.enrol(World::description(), AccountId{5});
  const HostId other = world.enrol(World::description(), AccountId{6});
  world.give(one, World::result(world.fetch(one, 1).at(0)));
  CHECK(world.fetch(same, 1).empty());
  world.give(other, World::result(world.fetch(other, 1).at(0)));
  CHECK(world.record(batch).progress.certified == 1);
}

TEST_CASE("what hosts are to blame for spends no retry of the task, up to a bound") {
  World world;
  BatchPolicy policy;
  policy.retries = 0;
  const BatchId batch = world.submit(1, policy);
  SECTION("the next host certifies it") {
    for (int i = 0; i < 6; ++i) {
      const HostId host = world.enrol();
      world.give(host, hostFailure(world.fetch(host, 1).at(0)));
    }
    const HostId good = world.enrol();
    world.give(good, World::result(world.fetch(good, 1).at(0)));
    CHECK(world.record(batch).progress.certified == 1);
  }
  SECTION("a task that ends every host is given up and says why") {
    for (std::uint32_t i = 0; i < kLostAttempts; ++i) {
      const HostId host = world.enrol();
      world.give(host, hostFailure(world.fetch(host, 1).at(0)));
    }
    CHECK(world.record(batch).progress.failed == 1);
    CHECK(world.task(batch, 0).task.reason ==
          "20 hosts vanished or failed while they ran it; the last one: no sandbox could be made");
  }
  SECTION("its own fault ends it") {
    const HostId host = world.enrol();
    world.give(host, World::failure(world.fetch(host, 1).at(0)));
    CHECK(world.record(batch).progress.failed == 1);
  }
}

TEST_CASE("a host that fails again and again gets less, then nothing for a while, then one task to show itself") {
  World world;
  world.submit(1'000'000);
  const HostId bad = world.enrol();
  CHECK(world.fetch(bad, 0).empty());
  for (int i = 0; i < 3; ++i) world.give(bad, hostFailure(world.fetch(bad, 1).at(0)));
  const auto less = world.fetch(bad, 100);
  CHECK(less.size() == 16);
  std::vector<AttemptId> held;
  for (const Lease& lease : less) held.push_back(lease.attempt);
  for (int i = 0; i < 5; ++i) {
    held.erase(held.begin());
    world.give(bad, hostFailure(less[static_cast<std::size_t>(i)]), held);
  }
  for (std::size_t i = 5; i < less.size(); ++i) {
    held.erase(held.begin());
    world.give(bad, hostFailure(less[i]), held);
  }
  CHECK(world.fetch(bad, 100).empty());
  world.wait(Duration::hours(25));
  const auto probe = world.fetch(bad, 100);
  REQUIRE(probe.size() == 1);
  for (int i = 0; i < 2; ++i) {
    world.give(bad, World::result(i == 0 ? probe[0] : world.fetch(bad, 1).at(0)));
  }
  CHECK(world.fetch(bad, 100).size() > 10);
}

TEST_CASE("a program that fails everywhere is not held against the hosts") {
  World world;
  BatchPolicy policy;
  policy.stopAfterFailures = 1'000;
  world.submit(1'000, policy);
  const HostId host = world.enrol();
  for (int i = 0; i < 30; ++i) world.give(host, World::failure(world.fetch(host, 1).at(0)));
  CHECK(world.fetch(host, 100).size() == 100);
}

TEST_CASE("the last tasks of a batch are not given to a host that would delay its end, unless nobody else comes") {
  World world;
  const BatchId batch = world.submit(100);
  const HostId fast = world.enrol(withSpeed(10'000));
  const HostId slow = world.enrol(withSpeed(500));
  for (int i = 0; i < 98; ++i) {
    const auto lease = world.fetch(fast, 1);
    world.wait(Duration::minutes(5));
    world.give(fast, resultAfter(lease.at(0), Duration::minutes(5)));
  }
  REQUIRE(world.record(batch).progress.cursor == 98);
  const auto busy = world.fetch(fast, 1);
  CHECK(world.fetch(slow, 1).empty());
  SECTION("the fast host takes it") {
    world.wait(Duration::minutes(5));
    world.give(fast, resultAfter(busy.at(0), Duration::minutes(5)));
    CHECK(world.fetch(fast, 1).size() == 1);
  }
  SECTION("the fast host is gone") {
    world.wait(Duration::hours(1));
    CHECK(world.fetch(slow, 1).size() == 1);
  }
}

TEST_CASE("the last tasks of a program that nobody knows wait for faster hosts ten minutes at most") {
  World world;
  world.submit(2);
  HostDescription pair = withSpeed(10'000);
  pair.processors = 2;
  const HostId fast = world.enrol(pair);
  const HostId slow = world.enrol(withSpeed(500));
  REQUIRE(world.fetch(fast, 1).size() == 1);
  REQUIRE(world.fetch(slow, 1).empty());
  SECTION("while they are there") {
    world.wait(Duration::minutes(9));
    CHECK(world.fetch(slow, 1).empty());
    world.wait(Duration::minutes(2));
    CHECK(world.fetch(slow, 1).size() == 1);
  }
  SECTION("and not at all once they want no work any more") {
    world.fetch(fast, 0);
    CHECK(world.fetch(slow, 1).size() == 1);
  }
}

TEST_CASE("in the tail the task that would finish last gets further hosts that are faster, three at most") {
  World world;
  const BatchId batch = world.submit(20);
  std::vector<HostId> fast;
  for (int i = 0; i < 4; ++i) fast.push_back(world.enrol(withSpeed(10'000)));
  const HostId slow = world.enrol(withSpeed(1'000));
  const auto last = world.fetch(slow, 1);  // before anybody knows how long a task takes
  REQUIRE(last.size() == 1);
  for (int i = 0; i < 19; ++i) {
    const auto lease = world.fetch(fast[0], 1);
    world.wait(Duration::minutes(5));
    CHECK(aborted(world, slow, last[0].attempt) == 0);
    world.give(fast[0], resultAfter(lease.at(0), Duration::minutes(5)));
  }
  REQUIRE(world.record(batch).progress.certified == 19);
  // The slow host has been at it for 95 minutes of the 50 that its speed would tell, and is believed to need 19 more.
  const auto replica = world.fetch(fast[0], 1);
  REQUIRE(replica.size() == 1);
  CHECK(replica[0].task == last[0].task);
  CHECK(world.dispatcher().stats().replicas == 1);
  CHECK(world.fetch(fast[1], 1).empty());  // it would not be earlier than the replica
  world.wait(Duration::minutes(5));
  world.give(fast[0], resultAfter(replica[0], Duration::minutes(5)));
  CHECK(world.record(batch).progress.state == BatchState::kDone);
  CHECK(aborted(world, slow, last[0].attempt) == 1);
}

TEST_CASE("weights of accounts outlive a restart") {
  World world;
  world.expect<Done>(SetAccountWeight{AccountId{7}, 3});
  CHECK(world.expectError(SetAccountWeight{AccountId{7}, 0}).code == ErrorCode::kInvalid);
  CHECK(world.expectError(SetAccountWeight{AccountId{7}, limits::kWeight + 1}).code == ErrorCode::kInvalid);
  world.restart();
  const BatchId heavy = world.submit(10'000, {}, {}, AccountId{7});
  const BatchId light = world.submit(10'000, {}, {}, AccountId{8});
  const HostId host = world.enrol();
  std::size_t heavyGot = 0;
  for (const Lease& lease : world.fetch(host, 100)) heavyGot += lease.task.batch == heavy ? 1 : 0;
  CHECK(heavyGot == 75);
  CHECK(world.record(light).progress.cursor == 25);
}

TEST_CASE("the horizon is the least time in which whole tasks add up") {
  RandomStream random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Capacity> hosts;
    for (std::uint32_t i = 1 + random.below(6); i > 0; --i) {
      hosts.push_back(
          {Duration::seconds(1 + random.below(500)), Duration::seconds(random.below(300)), 1 + random.below(3)});
    }
    const std::uint32_t tasks = 1 + random.below(40);
    std::int64_t second = 0;
    for (std::uint32_t done = 0; done < tasks; ++second) {
      done = 0;
      for (const Capacity& host : hosts) {
        const std::int64_t left = (second + 1) - host.freeIn.micros / 1'000'000;
        if (left > 0) done += static_cast<std::uint32_t>(left / (host.whole.micros / 1'000'000)) * host.slots;
      }
    }
    const Duration found = horizon(hosts, 1, tasks);
    CHECK(std::abs(found.micros - second * 1'000'000) < 2'000);
  }
}

TEST_CASE("a host's speed is learnt from what it returns, whatever it claims") {
  WorkModel work;
  HostModel honest, liar;
  honest.setClaim(2'000);
  liar.setClaim(200'000);
  for (int i = 0; i < 40; ++i) {
    honest.learn(0, Duration::minutes(10), work);
    liar.learn(0, Duration::minutes(10), work);
  }
  const double ratio = liar.megaflops(0) / honest.megaflops(0);
  CHECK(ratio > 0.9);
  CHECK(ratio < 1.1);
  CHECK(honest.runTime(0, work.work()) > Duration::minutes(9));
  CHECK(honest.runTime(0, work.work()) < Duration::minutes(11));
}

TEST_CASE("a host that has been there for long is likelier to stay") {
  HostModel newcomer, regular;
  Instant now = Instant::ofUnixSeconds(1'700'000'000);
  newcomer.seen(now, Duration::minutes(10));
  regular.seen(now, Duration::minutes(10));
  for (int i = 0; i < 2'000; ++i) {
    now = now + Duration::minutes(5);
    regular.seen(now, Duration::minutes(10));
  }
  newcomer.seen(now, Duration::minutes(10));
  CHECK(regular.elapsedFor(Duration::hours(2)) < newcomer.elapsedFor(Duration::hours(2)));
  CHECK(regular.elapsedFor(Duration::hours(2)) >= Duration::hours(2));
  CHECK(regular.absence(now + Duration::minutes(5)) == Duration{});
  CHECK(regular.absence(now + Duration::hours(5)) == Duration::hours(5));
}
