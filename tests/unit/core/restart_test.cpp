// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "base/random.h"
#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

namespace {

/// Hosts that work, fail, lie, vanish and lose replies at random, on one World.
class RandomGrid {
 public:
  RandomGrid(World& world, std::uint64_t seed, int hosts) : m_world(world), m_random(seed) {
    for (int i = 0; i < hosts; ++i) m_hosts.push_back({world.enrol(), {}});
  }

  void step() {
    Worker& worker = m_hosts[m_random.below(static_cast<std::uint32_t>(m_hosts.size()))];
    wire::SyncRequest ask = World::request(m_random.below(4));
    std::vector<Lease> still;
    for (const Lease& lease : worker.held) {
      const std::uint32_t dice = m_random.below(10);
      if (dice < 5) {
        ask.results.push_back(World::result(lease, m_random.below(20) == 0 ? 666 : lease.task.index + 1));
      } else if (dice == 5) {
        ask.results.push_back(World::failure(lease));
      } else {
        ask.held.push_back(lease.attempt);
        still.push_back(lease);
      }
    }
    if (m_random.below(25) == 0) {  // dies and forgets everything
      worker.held.clear();
      return;
    }
    SyncOutcome outcome = m_world.sync(worker.id, ask);
    if (m_random.below(10) == 0) return;  // the reply is lost: everything is sent again
    worker.held = still;
    for (const auto& assigned : outcome.assigned) worker.held.push_back(assigned.lease);
    for (const auto& order : outcome.aborts) {
      std::erase_if(worker.held, [&](const Lease& lease) { return lease.attempt == order.attempt; });
    }
  }
  RandomStream& random() { return m_random; }

 private:
  struct Worker {
    HostId id;
    std::vector<Lease> held;
  };
  World& m_world;
  RandomStream m_random;
  std::vector<Worker> m_hosts;
};

void checkCertifiedOnce(const World& world) {
  std::set<TaskId> certified;
  std::set<TaskId> rows;
  for (const Change& change : world.written) {
    if (const auto* put = std::get_if<TaskPut>(&change)) {
      rows.insert(put->task);
      if (put->state == TaskState::kCertified) CHECK(certified.insert(put->task).second);
    } else if (const auto* end = std::get_if<AttemptEnd>(&change)) {
      const TaskId task = end->record.lease.task;  // without a row its first valid record certifies it
      if (end->record.state == AttemptState::kValid && !rows.contains(task)) CHECK(certified.insert(task).second);
    }
  }
}

}  // namespace

TEST_CASE("a restart at any moment leaves the durable state as if it had never stopped") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    World world;
    BatchPolicy quorum;
    quorum.quorum = 2;
    quorum.retries = 8;
    BatchPolicy patient;
    patient.retries = 12;
    world.submit(40, quorum);
    world.submit(60, patient);
    RandomGrid grid(world, seed, 5);
    for (int i = 0; i < 300; ++i) {
      grid.step();
      if (grid.random().below(10) == 0) world.wait(Duration::seconds(grid.random().below(400)));
      if (grid.random().below(15) == 0) {
        const std::uint64_t before = world.dispatcher().durableHash();
        world.restart();
        REQUIRE(world.dispatcher().durableHash() == before);
      }
    }
    checkCertifiedOnce(world);
  }
}

TEST_CASE("all work ends: every task is certified or failed, each once, and nothing stays behind in memory") {
  for (std::uint64_t seed = 100; seed < 140; ++seed) {
    INFO("seed " << seed);
    World world;
    BatchPolicy quorum;
    quorum.quorum = 3;
    quorum.retries = 20;
    const BatchId first = world.submit(30, quorum);
    const BatchId second = world.submit(50);
    RandomGrid grid(world, seed, 7);
    for (int i = 0; i < 20'000; ++i) {
      grid.step();
      if (grid.random().below(5) == 0) world.wait(Duration::seconds(40));
      if (world.record(first).progress.state == BatchState::kDone &&
          world.record(second).progress.state == BatchState::kDone)
        break;
    }
    for (const BatchId batch : {first, second}) {
      const db::BatchRecord record = world.record(batch);
      CHECK(record.progress.state == BatchState::kDone);
      CHECK(record.progress.certified + record.progress.failed == record.plan.tasks);
    }
    world.wait(Duration::days(2));
    const DispatcherStats stats = world.dispatcher().stats();
    CHECK(stats.openBatches == 0);
    CHECK(stats.liveAttempts == 0);
    checkCertifiedOnce(world);
  }
}

TEST_CASE("after a restart every live lease has one more term, and attempt ids are not used again") {
  World world;
  world.submit(10);
  const HostId host = world.enrol();
  const auto before = world.fetch(host, 1);
  world.now = world.now + Duration::minutes(9);
  world.restart();
  world.wait(Duration::minutes(9));
  CHECK(world.dispatcher().stats().leasesLapsed == 0);
  const auto after = world.fetch(host, 1, {before[0].attempt});
  REQUIRE(after.size() == 1);
  CHECK(after[0].attempt > before[0].attempt);
  world.wait(Duration::minutes(30));
  CHECK(world.dispatcher().stats().lapsedAttempts == 2);
}
