// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/hosts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"
#include "sim/distributions.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

template <typename Draw>
double meanOf(int draws, Draw draw) {
  RandomStream random(7);
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += draw(random);
  return sum / draws;
}

Population population(const char* name, std::uint64_t seed = 1, bool stationary = true) {
  return Population(seed, findProfile(name).value(), Duration::days(60), stationary);
}

double shareUp(const Population& hosts, Duration end) {
  double up = 0;
  for (std::uint32_t host = 0; host < 4'000; ++host) up += upTime(hosts, host, end).inSeconds();
  return up / 4'000 / end.inSeconds();
}

}  // namespace

TEST_CASE("the laws have their published means") {
  CHECK(meanOf(200'000, [](RandomStream& r) { return normal(r); }) == Approx(0).margin(0.01));
  CHECK(meanOf(200'000, [](RandomStream& r) { return exponential(r, 3.0); }) == Approx(3.0).epsilon(0.02));
  CHECK(meanOf(200'000, [](RandomStream& r) { return weibull(r, .58, 135.0); }) == Approx(212.5).epsilon(0.03));
  CHECK(meanOf(200'000, [](RandomStream& r) { return lognormal(r, 1.267, .986); }) == Approx(5.77).epsilon(0.03));
  CHECK(meanOf(200'000, [](RandomStream& r) { return gamma(r, 2.5); }) == Approx(2.5).epsilon(0.02));
  CHECK(meanOf(400'000, [](RandomStream& r) { return beta(r, .05, 25.0); }) == Approx(.002).epsilon(0.05));
}

TEST_CASE("hosts are up as long as their profile says, from the first hour on") {
  CHECK(shareUp(population("seti"), Duration::days(30)) == Approx(.43).margin(.02));
  CHECK(shareUp(population("random"), Duration::days(30)) == Approx(.68).margin(.02));
  CHECK(shareUp(population("random"), Duration::hours(1)) == Approx(.68).margin(.02));
  CHECK(shareUp(population("lanl"), Duration::days(30)) > .98);
  CHECK(shareUp(population("diurnal"), Duration::days(28)) == Approx(50.0 / 168.0).margin(.01));
  CHECK(shareUp(population("steady"), Duration::days(3)) == 1.0);
  CHECK(shareUp(population("seti", 1, false), Duration::minutes(1)) > .9);
}

TEST_CASE("a host is a function of the seed and its number") {
  const Population hosts = population("mix", 3);
  const Population again = population("mix", 3);
  const Population other = population("mix", 4);
  CHECK(hosts.traits(5).megaflops == again.traits(5).megaflops);
  CHECK(hosts.traits(5).megaflops != hosts.traits(6).megaflops);
  CHECK(hosts.traits(5).megaflops != other.traits(5).megaflops);
  CHECK(upTime(hosts, 5, Duration::days(9)) == upTime(again, 5, Duration::days(9)));
}

TEST_CASE("periods alternate and their ends only grow") {
  const Population hosts = population("mix");
  for (std::uint32_t host = 0; host < 500; ++host) {
    UpTimes times(hosts, host, hosts.traits(host));
    bool up = times.up();
    Duration last{};
    for (int i = 0; i < 100; ++i) {
      REQUIRE(times.until() > last);
      last = times.until();
      times.advance(hosts);
      REQUIRE(times.up() != up);
      up = times.up();
    }
  }
}

TEST_CASE("when a site is out, all of its hosts are down") {
  Population hosts = population("mix", 11);
  int seen = 0;
  for (std::uint32_t host = 0; host < 400; ++host) {
    const HostTraits traits = hosts.traits(host);
    for (const Population::Outage& outage : hosts.outages(traits.site)) {
      const Duration before = upTime(hosts, host, outage.from);
      const Duration after = upTime(hosts, host, outage.until);
      CHECK(before == after);
      ++seen;
    }
  }
  CHECK(seen > 10);
}
