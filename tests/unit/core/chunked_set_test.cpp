// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/chunked_set.h"

#include <set>

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;
using namespace hearth::core;

namespace {

const std::uint64_t* find(const std::set<std::uint64_t>& set, std::set<std::uint64_t>::const_iterator position) {
  return position == set.end() ? nullptr : &*position;
}

bool same(const std::uint64_t* a, const std::uint64_t* b) { return a == nullptr || b == nullptr ? a == b : *a == *b; }

/// What a test does to both sets: values from a range as wide as `spread`, so that many or few are met again.
void compare(std::uint64_t seed, std::uint32_t spread, std::uint32_t inserts) {
  RandomStream random(seed);
  ChunkedSet<std::uint64_t> chunked;
  std::set<std::uint64_t> tree;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = random.below(spread);
    if (random.below(10) < inserts) {
      REQUIRE(chunked.insert(value) == tree.insert(value).second);
    } else {
      REQUIRE(chunked.erase(value) == (tree.erase(value) == 1));
    }
    REQUIRE(chunked.size() == tree.size());
    REQUIRE(same(chunked.first(), find(tree, tree.begin())));
    const std::uint64_t other = random.below(spread);
    REQUIRE(same(chunked.notBelow(other), find(tree, tree.lower_bound(other))));
    REQUIRE(same(chunked.above(other), find(tree, tree.upper_bound(other))));
  }
}

}  // namespace

TEST_CASE("a set in pieces holds what a tree holds, through random inserting and erasing") {
  compare(1, 100, 5);
  compare(2, 3'000, 5);
  compare(3, 100'000, 8);
  compare(4, 3'000, 3);
}

TEST_CASE("a set in pieces serves as a queue whose first value goes behind the others") {
  ChunkedSet<std::uint64_t> chunked;
  for (std::uint64_t value = 0; value < 1'000; ++value) chunked.insert(value);
  for (std::uint64_t value = 0; value < 100'000; ++value) {
    REQUIRE(*chunked.first() == value);
    REQUIRE(chunked.erase(value));
    REQUIRE(chunked.insert(value + 1'000));
  }
  CHECK(chunked.size() == 1'000);
  CHECK(*chunked.notBelow(0) == 100'000);
  CHECK(chunked.above(100'999) == nullptr);
}
