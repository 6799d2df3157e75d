// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/agent/host_year.h"

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

struct Sums {
  double taken = 0, missed = 0;
};

Sums sumsOf(const YearReport& report) {
  Sums sums;
  for (const auto& project : report.projects) {
    sums.taken += static_cast<double>(project.taken);
    sums.missed += static_cast<double>(project.late + project.givenBack);
  }
  return sums;
}

void checkPromises(const YearReport& report) {
  for (const std::string& broken : report.broken) FAIL_CHECK(broken);
  CHECK(report.silent == 0);
}

}  // namespace

TEST_CASE("over a year of its host's life the agent keeps to what its owner allows, and says why it stands still") {
  for (const std::uint64_t seed : {1, 2}) {
    const YearOptions options = usualYear(seed);
    const YearReport report = liveYear(options);
    checkPromises(report);
    CHECK(report.worstShare(options.projects) < 0.03);
    CHECK(report.usedSeconds > 0.95 * report.allowedSeconds);
    const Sums sums = sumsOf(report);
    CHECK(sums.missed < 0.005 * sums.taken);
    CHECK(report.deaths > 20);
    CHECK(report.evictions > 100);
  }
}

TEST_CASE("a machine that is seldom free takes no more than it finishes in time") {
  YearOptions options = usualYear(4);
  options.days = 120;
  options.deaths = false;
  REQUIRE(setPreference(options.preferences, "times", "sat-mon 00:00-09:00"));
  REQUIRE(setPreference(options.preferences, "network.metered", "yes"));
  for (YearProject& project : options.projects) project.deadline = Duration::days(9);
  const YearReport report = liveYear(options);
  checkPromises(report);
  const Sums sums = sumsOf(report);
  CHECK(sums.taken > 100);
  CHECK(sums.missed < 0.04 * sums.taken);  // the first weeks, in which it learns, among them
}

TEST_CASE("a buffer carries a host over days without a network") {
  YearOptions options = usualYear(5);
  options.days = 60;
  double used[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    if (i == 1) REQUIRE(setPreference(options.preferences, "buffer", "5d"));
    for (YearProject& project : options.projects) project.deadline = Duration::days(20);
    const YearReport report = liveYear(options);
    checkPromises(report);
    for (const auto& project : report.projects) used[i] += project.processorSeconds;
  }
  CHECK(used[1] > 1.02 * used[0]);
}
