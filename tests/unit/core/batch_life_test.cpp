// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

TEST_CASE("a batch goes from open to done as its tasks are leased, returned and certified") {
  World world;
  const BatchId batch = world.submit(3);
  CHECK(world.record(batch).progress.state == BatchState::kOpen);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 10);
  REQUIRE(leases.size() == 3);
  CHECK(world.record(batch).progress.state == BatchState::kRunning);
  CHECK(world.record(batch).progress.cursor == 3);
  for (const Lease& lease : leases)
    CHECK(world.give(host, World::result(lease)).verdict == wire::AckVerdict::kAccepted);
  const db::BatchRecord record = world.record(batch);
  CHECK(record.progress.state == BatchState::kDone);
  CHECK(record.progress.certified == 3);
  CHECK(record.progress.ended == world.now);
  const db::TaskRecord task = world.task(batch, 1);
  CHECK(task.task.state == TaskState::kCertified);
  CHECK(task.task.canonical == leases[1].attempt);
  CHECK(task.attempts.at(0).state == AttemptState::kValid);
  CHECK(world.dispatcher().stats().liveAttempts == 0);
}

TEST_CASE("a batch of a billion tasks costs as much to submit as one task") {
  World world;
  world.submit(1'000'000'000);
  CHECK(world.written.size() <= 4);
}

TEST_CASE("an idempotency key names one batch however often it is sent") {
  World world;
  SubmitBatch submission;
  submission.plan = {AccountId{1}, "test", 5, {}, {}};
  submission.idempotencyKey = "k";
  const auto first = world.expect<BatchAccepted>(submission);
  const auto second = world.expect<BatchAccepted>(submission);
  CHECK_FALSE(first.existed);
  CHECK(second.existed);
  CHECK(first.batch == second.batch);
  submission.plan.owner = AccountId{2};
  CHECK(world.expect<BatchAccepted>(submission).batch != first.batch);
}

TEST_CASE("an empty batch is refused") {
  World world;
  SubmitBatch submission;
  CHECK(world.expectError(submission).code == ErrorCode::kInvalid);
}

TEST_CASE("a cancelled batch hands out nothing, aborts what runs and wants no result") {
  World world;
  const BatchId batch = world.submit(1'000'000);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 4);
  world.expect<Done>(CancelBatch{batch});
  CHECK(world.record(batch).progress.state == BatchState::kCancelled);
  CHECK(world.give(host, World::result(leases[0]), {leases[1].attempt}).verdict == wire::AckVerdict::kNotWanted);
  wire::SyncRequest ask = World::request(4);
  ask.held = {leases[2].attempt};
  const SyncOutcome outcome = world.sync(host, ask);
  CHECK(outcome.assigned.empty());
  REQUIRE(outcome.aborts.size() == 1);
  CHECK(outcome.aborts[0].attempt == leases[2].attempt);
  CHECK(world.dispatcher().stats().liveAttempts == 0);
  CHECK(world.expectError(CancelBatch{batch}).code == ErrorCode::kConflict);
}

TEST_CASE("a paused batch hands out nothing new, takes results, and goes on when resumed") {
  World world;
  const BatchId batch = world.submit(3);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 1);
  world.expect<Done>(PauseBatch{batch, "lunch"});
  CHECK(world.record(batch).progress.reason == "lunch");
  CHECK(world.give(host, World::result(leases[0])).verdict == wire::AckVerdict::kAccepted);
  CHECK(world.fetch(host, 5).empty());
  world.expect<Done>(ResumeBatch{batch});
  CHECK(world.record(batch).progress.reason.empty());
  CHECK(world.fetch(host, 5).size() == 2);
}

TEST_CASE("a batch that fails everywhere pauses itself and says so") {
  World world;
  BatchPolicy policy;
  policy.retries = 0;
  const BatchId batch = world.submit(1'000, policy);
  const HostId host = world.enrol();
  for (int i = 0; i < 20; ++i) {
    const auto leases = world.fetch(host, 1);
    REQUIRE(leases.size() == 1);
    world.give(host, World::failure(leases[0], "no such file: data.bin"));
  }
  const BatchProgress progress = world.record(batch).progress;
  CHECK(progress.state == BatchState::kPaused);
  CHECK(progress.reason.find("no such file: data.bin") != std::string::npos);
  CHECK(world.fetch(host, 1).empty());
  world.expect<Done>(ResumeBatch{batch});
  CHECK(world.fetch(host, 1).size() == 1);
}

TEST_CASE("a batch stops after so many failures as its owner allowed") {
  World world;
  BatchPolicy policy;
  policy.retries = 0;
  policy.stopAfterFailures = 2;
  const BatchId batch = world.submit(100, policy);
  const HostId host = world.enrol();
  world.give(host, World::result(world.fetch(host, 1).at(0)));
  world.give(host, World::failure(world.fetch(host, 1).at(0)));
  CHECK(world.record(batch).progress.state == BatchState::kRunning);
  world.give(host, World::failure(world.fetch(host, 1).at(0)));
  CHECK(world.record(batch).progress.state == BatchState::kPaused);
}

TEST_CASE("no more attempts of a batch are live at once than its owner allowed") {
  World world;
  BatchPolicy policy;
  policy.atOnce = 3;
  world.submit(100, policy);
  const HostId one = world.enrol();
  const HostId two = world.enrol();
  const auto leases = world.fetch(one, 2);
  CHECK(leases.size() == 2);
  CHECK(world.fetch(two, 5).size() == 1);
  CHECK(world.fetch(one, 5, {leases[0].attempt, leases[1].attempt}).empty());
  world.give(one, World::result(leases[0]), {leases[1].attempt});
  CHECK(world.fetch(one, 5, {leases[1].attempt}).size() == 1);
}

TEST_CASE("failed tasks are retried under a new revision when a person asks, also after the batch was done") {
  World world;
  BatchPolicy policy;
  policy.retries = 0;
  const BatchId batch = world.submit(3, policy);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 3);
  world.give(host, World::result(leases[0]), {leases[1].attempt, leases[2].attempt});
  world.give(host, World::failure(leases[1]), {leases[2].attempt});
  world.give(host, World::failure(leases[2]));
  CHECK(world.record(batch).progress.state == BatchState::kDone);
  CHECK(world.record(batch).progress.failed == 2);
  world.expect<Done>(RetryFailed{batch});
  CHECK(world.record(batch).progress.state == BatchState::kRunning);
  CHECK(world.record(batch).progress.failed == 0);
  const auto again = world.fetch(host, 5);
  REQUIRE(again.size() == 2);
  CHECK(again[0].revision == 1);
  for (const Lease& lease : again) world.give(host, World::result(lease), {again[0].attempt, again[1].attempt});
  CHECK(world.record(batch).progress.state == BatchState::kDone);
  CHECK(world.record(batch).progress.certified == 3);
  CHECK(world.task(batch, 1).attempts.size() == 2);  // nothing of the old revision is lost
}

TEST_CASE("of the failed tasks only those are retried that a person names, also after the batch was done") {
  World world;
  BatchPolicy policy;
  policy.retries = 0;
  policy.stopAfterFailures = 1'000'000;
  const BatchId batch = world.submit(2'500, policy);
  const HostId host = world.enrol();
  for (int i = 0; i < 100 && world.record(batch).progress.state != BatchState::kDone; ++i) {
    world.wait(Duration::minutes(10));  // a host that fails much is given little for a while
    const auto leases = world.fetch(host, 250);
    for (const Lease& lease : leases) {
      std::vector<AttemptId> held;
      for (const Lease& other : leases) {
        if (other.attempt > lease.attempt) held.push_back(other.attempt);
      }
      world.give(host, World::failure(lease), held);
    }
  }
  REQUIRE(world.record(batch).progress.state == BatchState::kDone);
  REQUIRE(world.record(batch).progress.failed == 2'500);
  world.expect<Done>(RetryFailed{batch, {3, 1'200, 2'400}});
  CHECK(world.record(batch).progress.state == BatchState::kRunning);
  CHECK(world.record(batch).progress.failed == 2'497);
  const auto again = world.fetch(host, 10);
  REQUIRE(again.size() == 3);
  CHECK(again[0].task.index == 3);
  CHECK(again[1].task.index == 1'200);
  CHECK(again[2].task.index == 2'400);
  world.expect<Done>(RetryFailed{batch, {7}});
  CHECK(world.record(batch).progress.failed == 2'496);
  CHECK(world.expectError(RetryFailed{batch, {9, 8}}).code == ErrorCode::kTooLarge);
}

TEST_CASE("a batch that goes on can be given another priority and other requirements, which outlive a restart") {
  World world;
  const BatchId first = world.submit(10);
  const BatchId second = world.submit(10);
  const HostId host = world.enrol();
  std::vector<AttemptId> held;
  const auto next = [&] {
    const auto leases = world.fetch(host, 1, held);
    REQUIRE(leases.size() == 1);
    held.push_back(leases[0].attempt);
    return leases[0].task.batch;
  };
  REQUIRE(next() == first);
  const auto revise = [&](BatchId batch, const Requirements& needs, std::int32_t priority) {
    world.expect<Done>(ReviseBatch{batch, needs, priority, {}});
  };
  revise(second, Requirements{}, 7);
  CHECK(next() == second);
  CHECK(world.record(second).plan.policy.priority == 7);
  Requirements more;
  more.memoryBytes = 64ULL << 30;
  revise(second, more, 7);
  CHECK(world.record(second).plan.requirements == more);
  CHECK(next() == first);  // the second fits this host no more
  HostDescription large = World::description();
  large.memoryBytes = 128ULL << 30;
  const HostId strong = world.enrol(large);
  wire::SyncRequest ask = World::request(1);
  ask.free.memoryBytes = 128ULL << 30;
  CHECK(world.sync(strong, ask).assigned.at(0).lease.task.batch == second);
  world.restart();
  CHECK(world.record(second).plan.policy.priority == 7);
  CHECK(next() == first);
}

TEST_CASE("the batch of higher priority is served first, then the older one") {
  World world;
  BatchPolicy urgent;
  urgent.priority = 5;
  const BatchId first = world.submit(1);
  const BatchId second = world.submit(1);
  const BatchId third = world.submit(1, urgent);
  const HostId host = world.enrol();
  const auto leases = world.fetch(host, 3);
  REQUIRE(leases.size() == 3);
  CHECK(leases[0].task.batch == third);
  CHECK(leases[1].task.batch == first);
  CHECK(leases[2].task.batch == second);
}

TEST_CASE("a host is given only what it can run and what fits now") {
  World world;
  Requirements large;
  large.memoryBytes = 32ULL << 30;
  Requirements strict;
  strict.sandbox = SandboxTier::kCgroup;
  Requirements other;
  other.platform = "windows-x86_64";
  Requirements wide;
  wide.processors = 6;
  world.submit(10, {}, large);
  world.submit(10, {}, other);
  const BatchId strictBatch = world.submit(10, {}, strict);
  const BatchId wideBatch = world.submit(10, {}, wide);
  HostDescription weak = World::description();
  weak.sandbox = SandboxTier::kNamespaces;
  const HostId host = world.enrol(weak);
  for (const Lease& lease : world.fetch(host, 3)) CHECK(lease.task.batch == wideBatch);
  const HostId strong = world.enrol();
  wire::SyncRequest busy = World::request(30);
  busy.free.processors = 2;
  const SyncOutcome outcome = world.sync(strong, busy);
  REQUIRE(outcome.assigned.size() == 10);
  CHECK(outcome.assigned[0].lease.task.batch == strictBatch);

  HostDescription none = World::description();
  none.sandbox = SandboxTier::kNone;
  CHECK(world.fetch(world.enrol(none), 5).empty());
}

TEST_CASE("a host that describes itself anew is matched anew") {
  World world;
  Requirements large;
  large.memoryBytes = 32ULL << 30;
  world.submit(1, {}, large);
  const HostId host = world.enrol();
  wire::SyncRequest ask = World::request(1);
  ask.free.memoryBytes = 64ULL << 30;
  CHECK(world.sync(host, ask).assigned.empty());
  ask.description = World::description();
  ask.description->memoryBytes = 64ULL << 30;
  CHECK(world.sync(host, ask).assigned.size() == 1);
}
