// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/event_queue.h"

#include <set>
#include <tuple>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::sim;

TEST_CASE("the wheel gives what an ordered set gives, over a million random operations") {
  RandomStream random(5);
  EventQueue queue;
  std::set<std::tuple<std::int64_t, std::uint32_t, std::uint32_t>> expected;
  std::int64_t now = 0;
  std::uint32_t sequence = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    if (expected.empty() || random.below(100) < 52) {
      const std::int64_t reach = std::int64_t{1} << random.below(52);
      const std::int64_t at =
          random.below(8) == 0 ? now : now + static_cast<std::int64_t>(random.unit() * static_cast<double>(reach));
      const std::uint32_t entity = random.below(50);
      queue.add({at}, entity, 0);
      expected.emplace(at, entity, sequence++);
      continue;
    }
    const auto happening = queue.next();
    REQUIRE(happening.has_value());
    REQUIRE(std::tuple(happening->at, happening->entity, happening->sequence) == *expected.begin());
    expected.erase(expected.begin());
    now = happening->at;
  }
  CHECK(queue.size() == expected.size());
  while (!expected.empty()) {
    REQUIRE(queue.next()->at == std::get<0>(*expected.begin()));
    expected.erase(expected.begin());
  }
  CHECK_FALSE(queue.next().has_value());
}
