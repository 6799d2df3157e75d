// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include <catch2/catch.hpp>

#include "cli/context.h"
#include "cli/progress_bar.h"

namespace hearth::cli {

TEST_CASE("the progress line shows share, rate and the time that is left") {
  CHECK(progressLine({50, 200, 12.5, "3 failed"}, 200) ==
        "[######------------------]   25 %  50/200  12/s  12 s left  3 failed");
  CHECK(progressLine({0, 0, 0, ""}, 200) == "[########################]  100 %  0/0");
  CHECK(progressLine({50, 200, 12.5, "3 failed"}, 20).size() == 20);
}

TEST_CASE("times are told roughly") {
  CHECK(roughTime(0.2) == "1 s");
  CHECK(roughTime(89) == "89 s");
  CHECK(roughTime(600) == "10 min");
  CHECK(roughTime(7'500) == "2 h 5 min");
  CHECK(roughTime(400'000) == "4 days");
}

TEST_CASE("the rate follows what happens now") {
  RateMeter meter;
  for (int i = 0; i <= 100; ++i) meter.sample(i, static_cast<std::uint64_t>(10 * i));
  CHECK(meter.perSecond() == Approx(10));
  for (int i = 101; i <= 400; ++i) meter.sample(i, static_cast<std::uint64_t>(1'000 + 2 * (i - 100)));
  CHECK(meter.perSecond() == Approx(2).margin(0.1));
}

TEST_CASE("names of others cannot command the terminal") {
  std::ostringstream out;
  printTable(out, {{"NAME", "STATE"}, {"a\x1b[2Jb\nc", "ok"}, {"na\u00efve", "ok"}});
  CHECK(out.str() == "NAME      STATE\na?[2Jb c  ok\nna\u00efve     ok\n");
}

}  // namespace hearth::cli
