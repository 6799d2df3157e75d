// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/suggest.h"

#include <array>

#include <catch2/catch.hpp>

using namespace hearth;

namespace {
constexpr std::array<std::string_view, 4> kKnown{"quorum", "retries", "deadline", "priority"};
}

TEST_CASE("a mistyped word finds the known one that it is nearest to") {
  CHECK(nearest("quorom", kKnown) == "quorum");
  CHECK(nearest("qourum", kKnown) == "quorum");
  CHECK(nearest("dedline", kKnown) == "deadline");
  CHECK(nearest("idnex", std::array<std::string_view, 1>{"index"}) == "index");
  CHECK(didYouMean("retrys", kKnown) == " Did you mean 'retries'?");
}

TEST_CASE("a word that is far from all is left alone") {
  CHECK(nearest("banana", kKnown).empty());
  CHECK(nearest("", kKnown).empty());
  CHECK(nearest(std::string(100'000, 'q'), kKnown).empty());
  CHECK(didYouMean("banana", kKnown).empty());
}
