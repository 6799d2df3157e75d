// SPDX-License-Identifier: GPL-3.0-or-later
// A task goes on where an attempt that is gone had got to.
#include <algorithm>

#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

namespace {

const Checkpoint kEarly{World::key(501), 1000};
const Checkpoint kLater{World::key(502), 2000};

void write(World& world, HostId host, const Lease& lease, const Checkpoint& checkpoint) {
  wire::SyncRequest request = World::request(0);
  request.held = {lease.attempt};
  request.checkpoints = {{lease.attempt, checkpoint}};
  world.sync(host, request);
}

SyncOutcome::Assigned fetchOne(World& world, HostId host) {
  const SyncOutcome outcome = world.sync(host, World::request(1));
  REQUIRE(outcome.assigned.size() == 1);
  return outcome.assigned.front();
}

wire::ReturnedResult lost(const Lease& lease) {
  wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
  result.report.exit = ExitKind::kHostFailed;
  result.report.reason = "the agent was stopped";
  return result;
}

BatchPolicy quorumOf(std::uint32_t quorum) {
  BatchPolicy policy;
  policy.quorum = quorum;
  policy.retries = 8;
  policy.deadline = Duration::hours(1);
  return policy;
}

std::size_t keptRows(World& world) { return world.stored().checkpoints.size(); }

}  // namespace

TEST_CASE("the next attempt goes on from the newest checkpoint of one that is gone, also after a restart") {
  World world;
  world.submit(1);
  const HostId first = world.enrol(), second = world.enrol();
  const SyncOutcome::Assigned begun = fetchOne(world, first);
  CHECK_FALSE(begun.checkpoint);
  write(world, first, begun.lease, kEarly);
  write(world, first, begun.lease, kLater);
  world.give(first, lost(begun.lease));
  const std::uint64_t before = world.dispatcher().durableHash();
  world.restart();
  CHECK(world.dispatcher().durableHash() == before);
  const SyncOutcome::Assigned next = fetchOne(world, second);
  CHECK(next.checkpoint == kLater);
  CHECK(world.dispatcher().checkpointOf(next.lease) == kLater);
}

TEST_CASE("what an attempt inherited is handed on when it is lost before it wrote anything") {
  World world;
  world.submit(1);
  const HostId hosts[] = {world.enrol(), world.enrol(), world.enrol()};
  const Lease first = fetchOne(world, hosts[0]).lease;
  write(world, hosts[0], first, kEarly);
  world.give(hosts[0], lost(first));
  const Lease second = fetchOne(world, hosts[1]).lease;
  world.give(hosts[1], lost(second));
  CHECK(fetchOne(world, hosts[2]).checkpoint == kEarly);
}

TEST_CASE("a task that failed by itself starts afresh") {
  World world;
  world.submit(1);
  const HostId first = world.enrol(), second = world.enrol();
  const Lease lease = fetchOne(world, first).lease;
  write(world, first, lease, kEarly);
  world.give(first, World::failure(lease));
  world.wait(Duration::hours(1));
  CHECK_FALSE(fetchOne(world, second).checkpoint);
}

TEST_CASE("checkpoints of another host's attempt, of a decided task and of a revoked host are not used") {
  World world;
  world.submit(1);
  const HostId first = world.enrol(), second = world.enrol();
  const Lease lease = fetchOne(world, first).lease;
  write(world, second, lease, kLater);
  CHECK(keptRows(world) == 0);
  write(world, first, lease, kEarly);
  world.expect<Done>(RevokeHost{first});
  CHECK_FALSE(fetchOne(world, second).checkpoint);
}

TEST_CASE("nothing is kept of a decided task") {
  World world;
  const BatchId batch = world.submit(2);
  const HostId host = world.enrol();
  const std::vector<Lease> leases = world.fetch(host, 2);
  for (const Lease& lease : leases) {
    wire::SyncRequest request = World::request(0);
    request.held = {leases[0].attempt, leases[1].attempt};
    request.checkpoints = {{lease.attempt, kEarly}};
    world.sync(host, request);
  }
  CHECK(keptRows(world) == 2);
  world.give(host, World::result(leases[0]), {leases[1].attempt});
  CHECK(keptRows(world) == 1);
  world.expect<Done>(CancelBatch{batch});
  world.wait(Duration::seconds(1));
  CHECK(keptRows(world) == 0);
}

TEST_CASE("a silent host's checkpoint is passed on only where no second opinion is asked for") {
  for (const std::uint32_t quorum : {1U, 2U}) {
    World world;
    world.submit(1, quorumOf(quorum));
    const HostId silent = world.enrol(), other = world.enrol(), third = world.enrol();
    const Lease lease = fetchOne(world, silent).lease;
    write(world, silent, lease, kEarly);
    if (quorum == 2) CHECK_FALSE(fetchOne(world, third).checkpoint);  // the second opinion
    world.wait(Duration::minutes(30));                                // lapsed
    CHECK(static_cast<bool>(fetchOne(world, other).checkpoint) == (quorum == 1));
  }
}

TEST_CASE("results that share a past count once in a quorum") {
  World world;
  const BatchId batch = world.submit(1, quorumOf(2));
  const HostId first = world.enrol(), heir = world.enrol();
  const Lease lease = fetchOne(world, first).lease;
  write(world, first, lease, kEarly);
  world.wait(Duration::hours(2));  // expired for good
  const SyncOutcome::Assigned next = fetchOne(world, heir);
  REQUIRE(next.checkpoint == kEarly);
  world.give(heir, World::result(next.lease));
  CHECK(world.give(first, World::result(lease)).verdict == wire::AckVerdict::kNotWanted);
  CHECK(world.record(batch).progress.certified == 0);
  world.wait(Duration::hours(24));
  CHECK(world.fetch(first, 1).empty());  // nor may the first host give another opinion
  const HostId independent = world.enrol();
  const SyncOutcome::Assigned fresh = fetchOne(world, independent);
  CHECK_FALSE(fresh.checkpoint);
  world.give(independent, World::result(fresh.lease));
  CHECK(world.record(batch).progress.certified == 1);
}
