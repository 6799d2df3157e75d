// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/core/world.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::core::test;

TEST_CASE("a host that is given a task again after its lease expired still counts once in the quorum") {
  World world;
  BatchPolicy policy;
  policy.quorum = 2;
  policy.retries = 8;
  policy.deadline = Duration::hours(1);
  const BatchId batch = world.submit(1, policy);
  const HostId host = world.enrol();
  const std::vector<Lease> first = world.fetch(host, 1);
  REQUIRE(first.size() == 1);
  world.wait(Duration::hours(2));  // expired for good
  std::vector<Lease> second;
  for (int i = 0; i < 50 && second.empty(); ++i) {
    world.wait(Duration::minutes(5));
    second = world.fetch(host, 1);
  }
  REQUIRE(second.size() == 1);
  world.give(host, World::result(second.front()));
  world.give(host, World::result(first.front()));  // late
  CHECK(world.record(batch).progress.certified == 0);
}
