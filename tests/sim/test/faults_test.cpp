// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "sim/fault_world.h"

using namespace hearth;
using namespace hearth::sim;

TEST_CASE("the same seed gives the same faults, bit for bit") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const WorldReport once = World(faultWorld(seed)).run();
    const WorldReport again = World(faultWorld(seed)).run();
    CHECK(once.hash == again.hash);
    CHECK(once.events == again.events);
  }
}

TEST_CASE("a run with faults certifies what a run without them does") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    const WorldOptions options = faultWorld(seed);
    const WorldReport faulty = World(options).run();
    const WorldReport quiet = World(withoutFaults(options)).run();
    CHECK(faulty.complaintCount == 0);
    CHECK(quiet.complaintCount == 0);
    CHECK(faulty.certifiedSet != 0);
    CHECK(faulty.certifiedSet == quiet.certifiedSet);
  }
}

TEST_CASE("the fault worlds do crash servers, lose messages and refuse calls") {
  std::uint64_t crashes = 0;
  std::uint64_t lost = 0;
  std::uint64_t refusals = 0;
  std::uint64_t lapsed = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    const WorldReport report = World(faultWorld(seed)).run();
    crashes += report.crashes;
    lost += report.messagesLost;
    refusals += report.refusals;
    lapsed += report.lapsed;
  }
  CHECK(crashes > 20);
  CHECK(lost > 1'000);
  CHECK(refusals > 100);
  CHECK(lapsed > 20);
}
