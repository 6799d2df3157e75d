// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/speed.h"

#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>

#include "agent/app/host_offer.h"
#include "agent/app/settled_speed.h"
#include "unit/agent/temp_folder.h"
#include "wire/agent.h"

using namespace hearth::agent;

TEST_CASE("the speed of a processor is positive, plausible and nearly the same twice") {
  std::uint32_t low = ~0U;
  std::uint32_t high = 0;
  double spread = 1;
  for (int tries = 0; tries < 40; ++tries) {  // a machine that is busy with other things gets further chances
    low = measureSpeed();
    high = measureSpeed();
    if (low > high) std::swap(low, high);
    spread = static_cast<double>(high) / low;
    if (spread < 1.2) break;
  }
  CHECK(low > 10);          // a processor of twenty years ago, under a sanitizer
  CHECK(high < 1'000'000);  // nothing was optimised away
  CHECK(spread < 1.2);
}

TEST_CASE("a host's description carries its speed to the server and back") {
  const test::TempFolder folder;
  const auto description = describeHost("host", {}, hearth::SandboxTier::kNone, measureSpeed(), folder.path());
  CHECK(description.speed > 0);
  hearth::wire::SyncRequest request;
  request.description = description;
  const auto parsed = hearth::wire::parseSyncRequest(toJson(request));
  REQUIRE(parsed);
  CHECK(parsed->description == description);
}

TEST_CASE("the reported speed stays until the measured one has moved by more than a quarter") {
  const test::TempFolder folder;
  const auto file = folder / "speed";
  CHECK(settledSpeed(file, 4000) == 4000);
  CHECK(settledSpeed(file, 4900) == 4000);
  CHECK(settledSpeed(file, 3100) == 4000);
  CHECK(settledSpeed(file, 2900) == 2900);
  CHECK(settledSpeed(file, 4000) == 4000);
}

TEST_CASE("a remembered speed that makes no sense is measured anew") {
  const test::TempFolder folder;
  const auto file = folder / "speed";
  for (const char* text : {"", "fast", "0", "-5", "99999999999999999999"}) {
    std::ofstream(file) << text;
    CHECK(settledSpeed(file, 4000) == 4000);
    CHECK(settledSpeed(file, 4400) == 4000);
  }
}
