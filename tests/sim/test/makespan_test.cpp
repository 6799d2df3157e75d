// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/makespan.h"

#include <cmath>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::sim;

namespace {

struct Means {
  double dispatcher = 0, ladder = 0, tail = 0;  ///< geometric
  double wasted = 0;
};

Means meansOver(int seeds, MakespanCase setting) {
  Means means;
  for (setting.seed = 1; setting.seed <= static_cast<std::uint64_t>(seeds); ++setting.seed) {
    const MakespanOutcome outcome = runMakespan(setting);
    REQUIRE(outcome.dispatcher.done);
    CHECK(outcome.dispatcher.makespan >= outcome.optimum);
    CHECK(outcome.ladder.makespan >= outcome.optimum);
    means.dispatcher += std::log(outcome.ratio(outcome.dispatcher)) / seeds;
    means.ladder += std::log(outcome.ratio(outcome.ladder)) / seeds;
    means.tail += std::log(outcome.dispatcher.tailSlowdown()) / seeds;
    means.wasted += outcome.dispatcher.wasted / seeds;
  }
  means.dispatcher = std::exp(means.dispatcher);
  means.ladder = std::exp(means.ladder);
  means.tail = std::exp(means.tail);
  return means;
}

MakespanCase smallCase(std::uint64_t tasksPerHost) {
  MakespanCase setting;
  setting.hosts = 300;
  setting.tasksPerHost = tasksPerHost;
  return setting;
}

}  // namespace

TEST_CASE("hosts that never leave finish a bag nearly as early as can be") {
  MakespanCase setting = smallCase(20);
  setting.profile = findProfile("steady").value();
  setting.arrival = setting.known;
  const MakespanOutcome outcome = runMakespan(setting);
  REQUIRE(outcome.dispatcher.done);
  CHECK(outcome.ratio(outcome.dispatcher) < 1.07);
  CHECK(outcome.dispatcher.wasted < .02);
}

TEST_CASE("a bag of one task a host ends long before the reference ladder's") {
  const Means means = meansOver(4, smallCase(1));
  CHECK(means.dispatcher < 1.15);
  CHECK(means.dispatcher < means.ladder);
  CHECK(means.wasted < .12);
}

TEST_CASE("a bag of five tasks a host has no tail and wastes little") {
  const Means means = meansOver(3, smallCase(5));
  CHECK(means.dispatcher < 1.1);
  CHECK(means.dispatcher < means.ladder);
  CHECK(means.tail < 1.06);
  CHECK(means.wasted < .06);
}

TEST_CASE("benchmarks that lie by a factor of two do not bring the tail back") {
  MakespanCase setting = smallCase(5);
  setting.profile.benchmarkSigma = .7;
  CHECK(meansOver(3, setting).dispatcher < 1.5);
}
