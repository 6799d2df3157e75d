// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include <array>

#include <catch2/catch.hpp>

using hearth::RandomStream;

TEST_CASE("a stream repeats the published numbers of SplitMix64") {
  RandomStream stream(1234567);
  CHECK(stream.next() == 6457827717110365317ULL);
  CHECK(stream.next() == 3203168211198807973ULL);
  CHECK(stream.next() == 9817491932198370423ULL);
}

TEST_CASE("bounded numbers stay below their bound and reach all of it") {
  RandomStream stream(7);
  std::array<int, 10> seen{};
  for (int i = 0; i < 10'000; ++i) {
    const auto number = stream.below(10);
    REQUIRE(number < 10);
    ++seen[number];
  }
  for (const int count : seen) CHECK(count > 800);
}

TEST_CASE("unit numbers lie in the half-open unit interval") {
  RandomStream stream(7);
  for (int i = 0; i < 10'000; ++i) {
    const double number = stream.unit();
    REQUIRE(number >= 0.0);
    REQUIRE(number < 1.0);
  }
}
