// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/limits.h"
#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

TEST_CASE("with a quorum of two, a task is certified when two hosts agree") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  const BatchId batch = world.submit(1, policy);
  const HostId one = world.enrol();
  const HostId two = world.enrol();
  const auto first = world.fetch(one, 5);
  REQUIRE(first.size() == 1);  // never two attempts of a task on one host
  world.give(one, World::result(first[0], 7));
  CHECK(world.record(batch).progress.certified == 0);
  CHECK(world.fetch(one, 5).empty());
  const auto second = world.fetch(two, 5);
  REQUIRE(second.size() == 1);
  world.give(two, World::result(second[0], 7));
  CHECK(world.record(batch).progress.certified == 1);
  const db::TaskRecord task = world.task(batch, 0);
  CHECK(task.task.canonical == first[0].attempt);
  for (const AttemptRecord& attempt : task.attempts) CHECK(attempt.state == AttemptState::kValid);
}

TEST_CASE("a task has a row only when the first attempt that ends does not certify it") {
  World world;
  const BatchId batch = world.submit(2);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 2);
  REQUIRE(leases.size() == 2);
  world.written.clear();
  world.give(host, World::result(leases[0]), {leases[1].attempt});
  world.give(host, World::failure(leases[1]));
  world.wait(Duration::minutes(2));
  const auto again = world.fetch(host, 1);
  REQUIRE(again.size() == 1);
  world.give(host, World::result(again[0]));
  CHECK(world.record(batch).progress.certified == 2);

  std::set<TaskIndex> rows;
  for (const Change& change : world.written) {
    if (const auto* put = std::get_if<TaskPut>(&change)) rows.insert(put->task.index);
  }
  CHECK(rows == std::set<TaskIndex>{leases[1].task.index});
  CHECK(world.task(batch, leases[0].task.index).task.state == TaskState::kCertified);
  CHECK(world.task(batch, leases[0].task.index).task.canonical == leases[0].attempt);
  CHECK(world.task(batch, leases[1].task.index).task.canonical == again[0].attempt);
}

TEST_CASE("a wrong result is outvoted and marked invalid") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  const BatchId batch = world.submit(1, policy);
  const HostId liar = world.enrol();
  const HostId honest = world.enrol();
  const HostId third = world.enrol();
  world.give(liar, World::result(world.fetch(liar, 1).at(0), 666));
  world.give(honest, World::result(world.fetch(honest, 1).at(0), 7));
  CHECK(world.record(batch).progress.certified == 0);
  world.give(third, World::result(world.fetch(third, 1).at(0), 7));
  CHECK(world.record(batch).progress.certified == 1);
  const db::TaskRecord task = world.task(batch, 0);
  REQUIRE(task.attempts.size() == 3);
  CHECK(task.attempts[0].state == AttemptState::kInvalid);
  CHECK(task.attempts[1].state == AttemptState::kValid);
  CHECK(task.attempts[2].state == AttemptState::kValid);
  CHECK(task.task.canonical == task.attempts[1].lease.attempt);
}

TEST_CASE("a task whose results never agree fails and says so") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  policy.retries = 1;
  const BatchId batch = world.submit(1, policy);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const HostId host = world.enrol();
    world.give(host, World::result(world.fetch(host, 1).at(0), i));
  }
  CHECK(world.record(batch).progress.failed == 1);
  CHECK(world.task(batch, 0).task.reason == "no 2 of 3 results agree");
}

TEST_CASE("a failed attempt is retried on another host at once and on the same one after a while") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId one = world.enrol();
  const HostId two = world.enrol();
  world.give(one, World::failure(world.fetch(one, 1).at(0)));
  CHECK(world.fetch(one, 1).empty());
  const auto onTwo = world.fetch(two, 1);
  REQUIRE(onTwo.size() == 1);
  world.give(two, World::failure(onTwo[0]));
  world.wait(Duration::seconds(31));
  const auto onOne = world.fetch(one, 1);
  REQUIRE(onOne.size() == 1);
  world.give(one, World::result(onOne[0]));
  CHECK(world.record(batch).progress.certified == 1);
  CHECK(world.task(batch, 0).task.failures == 2);
}

TEST_CASE("a task fails with its last reason when its retries are spent") {
  World world;
  BatchPolicy policy;
  policy.retries = 2;
  const BatchId batch = world.submit(1, policy);
  for (int i = 0; i < 3; ++i) {
    const HostId host = world.enrol();
    world.wait(Duration::seconds(6));  // the second retry waits a little
    world.give(host, World::failure(world.fetch(host, 1).at(0), "segmentation fault " + std::to_string(i)));
  }
  CHECK(world.record(batch).progress.failed == 1);
  CHECK(world.record(batch).progress.state == BatchState::kDone);
  CHECK(world.task(batch, 0).task.reason == "segmentation fault 2");
}

TEST_CASE("a lease that is renewed by syncs lives on, one that is not expires and goes to another host") {
  World world;
  world.submit(2);
  const HostId kept = world.enrol();
  const HostId lost = world.enrol();
  const auto keptLease = world.fetch(kept, 1);
  const auto lostLease = world.fetch(lost, 1);
  world.wait(Duration::minutes(6));
  CHECK(world.fetch(kept, 0, {keptLease[0].attempt}).empty());
  world.wait(Duration::minutes(6));
  CHECK(world.dispatcher().stats().leasesLapsed == 1);
  const auto taken = world.fetch(kept, 1, {keptLease[0].attempt});
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].task == lostLease[0].task);
}

TEST_CASE("a lease ends at its deadline however often it is renewed") {
  World world;
  BatchPolicy policy;
  policy.deadline = Duration::minutes(15);
  world.submit(1, policy);
  const HostId host = world.enrol();
  const auto lease = world.fetch(host, 1);
  for (int i = 0; i < 16; ++i) {
    world.wait(Duration::minutes(1));
    world.sync(host, [&] {
      wire::SyncRequest ask = World::request(0);
      ask.held = {lease[0].attempt};
      return ask;
    }());
  }
  CHECK(world.dispatcher().stats().liveAttempts == 0);
}

TEST_CASE("a late return revives an expired attempt if the task still wants it") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId slow = world.enrol();
  const auto lease = world.fetch(slow, 1);
  world.wait(Duration::minutes(11));
  CHECK(world.give(slow, World::result(lease[0])).verdict == wire::AckVerdict::kAccepted);
  CHECK(world.record(batch).progress.certified == 1);
  const db::TaskRecord task = world.task(batch, 0);
  REQUIRE(task.attempts.size() == 1);
  CHECK(task.attempts[0].state == AttemptState::kValid);
  CHECK(task.attempts[0].report.outputs.size() == 1);
}

TEST_CASE("a late return that nobody wants any more is told so") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId slow = world.enrol();
  const HostId fast = world.enrol();
  const auto lease = world.fetch(slow, 1);
  world.wait(Duration::minutes(11));
  world.give(fast, World::result(world.fetch(fast, 1).at(0)));
  CHECK(world.give(slow, World::result(lease[0])).verdict == wire::AckVerdict::kNotWanted);
  CHECK(world.record(batch).progress.certified == 1);
}

TEST_CASE("a result that comes twice counts once") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  const BatchId batch = world.submit(1, policy);
  const HostId host = world.enrol();
  const auto lease = world.fetch(host, 1);
  CHECK(world.give(host, World::result(lease[0])).verdict == wire::AckVerdict::kAccepted);
  CHECK(world.give(host, World::result(lease[0])).verdict == wire::AckVerdict::kNotWanted);
  CHECK(world.record(batch).progress.certified == 0);
}

TEST_CASE("a host cannot return what another one holds, or what was never given out") {
  World world;
  const BatchId batch = world.submit(2);
  const HostId one = world.enrol();
  const HostId two = world.enrol();
  const auto lease = world.fetch(one, 1);
  CHECK(world.give(two, World::result(lease[0])).verdict == wire::AckVerdict::kRefused);
  Lease invented = lease[0];
  invented.attempt = AttemptId{999'999};
  CHECK(world.give(two, World::result(invented)).verdict == wire::AckVerdict::kRefused);
  Lease otherTask = lease[0];
  otherTask.task.index = 1;
  CHECK(world.give(one, World::result(otherTask), {lease[0].attempt}).verdict == wire::AckVerdict::kRefused);
  CHECK(world.record(batch).progress.certified == 0);
  CHECK(world.dispatcher().stats().liveAttempts == 1);
}

TEST_CASE("a result whose blobs are not here is not taken, and its attempt lives on") {
  World world;
  const BatchId batch = world.submit(1);
  const HostId host = world.enrol();
  const auto lease = world.fetch(host, 1);
  wire::SyncRequest ask = World::request(0);
  ask.results = {World::result(lease[0], 5)};
  const auto outcome = world.expect<SyncOutcome>(SyncHost{host, world.keyOf(host), ask, {{World::key(5)}}});
  CHECK(outcome.acks.at(0).verdict == wire::AckVerdict::kBlobsMissing);
  CHECK(outcome.acks.at(0).missing == std::vector{World::key(5)});
  CHECK(world.record(batch).progress.certified == 0);
  CHECK(world.give(host, World::result(lease[0], 5)).verdict == wire::AckVerdict::kAccepted);
}

TEST_CASE("an assignment whose reply was lost is given again, not anew") {
  World world;
  world.submit(100);
  const HostId host = world.enrol();
  const auto lost = world.fetch(host, 3);
  const auto again = world.fetch(host, 0);
  CHECK(again == lost);
  CHECK(world.dispatcher().stats().liveAttempts == 3);
}

TEST_CASE("an attempt that the server knows nothing of is aborted") {
  World world;
  const HostId host = world.enrol();
  wire::SyncRequest ask = World::request(0);
  ask.held = {AttemptId{12'345}};
  const SyncOutcome outcome = world.sync(host, ask);
  REQUIRE(outcome.aborts.size() == 1);
  CHECK(outcome.aborts[0].attempt == AttemptId{12'345});
}

TEST_CASE("a revoked host is refused at once and its work goes to others") {
  World world;
  world.submit(1);
  const HostId bad = world.enrol();
  const HostId good = world.enrol();
  const auto lease = world.fetch(bad, 1);
  world.expect<Done>(RevokeHost{bad});
  SyncHost event{bad, world.keyOf(bad), World::request(1), {}};
  CHECK(world.expectError(event).code == ErrorCode::kForbidden);
  CHECK_FALSE(world.dispatcher().leaseHeldBy(lease[0].attempt, bad, world.keyOf(bad)).has_value());
  CHECK(world.fetch(good, 1).size() == 1);
}

TEST_CASE("a host number with another key is nobody") {
  World world;
  const HostId host = world.enrol();
  SyncHost event{host, World::key(424'242), World::request(1), {}};
  CHECK(world.expectError(event).code == ErrorCode::kUnauthorized);
}

TEST_CASE("a join token enrols as many hosts as it says, until it expires") {
  World world;
  world.expect<Done>(CreateJoinToken{{World::key(1), AccountId{9}, 2, world.now + Duration::hours(1)}});
  const auto first = world.expect<HostEnrolled>(EnrolHost{World::key(1), World::key(100), World::description()});
  CHECK(first.account == AccountId{9});
  SECTION("a key that is enrolled already is the same host and uses nothing") {
    CHECK(world.expect<HostEnrolled>(EnrolHost{World::key(1), World::key(100), World::description()}).host ==
          first.host);
    world.expect<HostEnrolled>(EnrolHost{World::key(1), World::key(101), World::description()});
    CHECK(world.expectError(EnrolHost{World::key(1), World::key(102), World::description()}).message.find("used up") !=
          std::string::npos);
  }
  SECTION("an expired token is refused") {
    world.wait(Duration::hours(2));
    CHECK(world.expectError(EnrolHost{World::key(1), World::key(101), World::description()}).message.find("expired") !=
          std::string::npos);
  }
  SECTION("an unknown token is refused") {
    CHECK(world.expectError(EnrolHost{World::key(55), World::key(101), World::description()}).code ==
          ErrorCode::kUnauthorized);
  }
}

TEST_CASE("a batch whose tasks wait for other hosts stops its cursor at the window") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  const BatchId batch = world.submit(1'000'000, policy);
  const HostId host = world.enrol();
  for (int i = 0; i < 100; ++i) {
    const auto leases = world.fetch(host, 256);
    if (leases.empty()) break;
    wire::SyncRequest ask = World::request(0);
    for (const Lease& lease : leases) ask.results.push_back(World::result(lease));
    world.sync(host, ask);
  }
  CHECK(world.record(batch).progress.cursor == limits::kRetryWindow);
  CHECK(world.dispatcher().stats().tasksWaitingAgain == limits::kRetryWindow);
}

TEST_CASE("when many hosts fall silent their tasks go to others, and nothing is written until their deadlines") {
  World world;
  world.submit(100'000);
  for (int i = 0; i < 3; ++i) {
    const HostId host = world.enrol();
    std::vector<AttemptId> held;
    while (held.size() < limits::kHostAttempts) {
      const auto leases = world.fetch(host, 256, held);
      REQUIRE_FALSE(leases.empty());
      for (const Lease& lease : leases) held.push_back(lease.attempt);
    }
    CHECK(world.fetch(host, 256, held).empty());  // a host holds only so many
  }
  const std::size_t before = world.written.size();
  world.wait(Duration::minutes(30));
  CHECK(world.dispatcher().stats().leasesLapsed == 3 * limits::kHostAttempts);
  CHECK(world.dispatcher().stats().liveAttempts == 0);
  CHECK(world.dispatcher().stats().tasksWaitingAgain == 3 * limits::kHostAttempts);
  CHECK(world.written.size() == before);
  world.wait(Duration::hours(24));
  CHECK(world.dispatcher().stats().leasesExpired == 3 * limits::kHostAttempts);
  CHECK(world.dispatcher().stats().lapsedAttempts == 0);
  CHECK(world.written.size() > before);
}

TEST_CASE("few idle hosts are asked to come back soon, many to share the server") {
  World world;
  const HostId first = world.enrol();
  const auto within = [&](Duration asked) {
    const Duration next = world.sync(first, World::request(1)).nextSync;
    return next >= asked * 9 / 10 && next <= asked * 11 / 10;
  };
  CHECK(within(Duration::seconds(1)));
  for (int i = 0; i < 999; ++i) world.enrol();
  CHECK(within(Duration::seconds(5)));
}
