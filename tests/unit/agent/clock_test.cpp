// SPDX-License-Identifier: GPL-3.0-or-later
// Clocks that are set while the agent runs, and while it does not.
#include <catch2/catch.hpp>

#include "agent/app/agent_clock.h"
#include "agent/app/wall_time.h"
#include "agent/platform/host_facts.h"
#include "unit/agent/core_world.h"
#include "unit/agent/temp_folder.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

bool near(Instant a, Instant b) { return a - b < Duration::seconds(5) && b - a < Duration::seconds(5); }

}  // namespace

TEST_CASE("an agent that is started again goes on in its own time, however the clock on the wall was set meanwhile") {
  const TempFolder folder;
  const auto file = folder / "clock", usual = folder / "usual";
  continueClock(usual);
  CHECK(near(agentClock(), wallClock()));
  // As if the clock on the wall had been a year ahead when the machine was started.
  const std::int64_t ahead = (wallClock() + Duration::days(365)).micros - bootClock().micros;
  writeFile(file, bootName() + " " + std::to_string(ahead) + "\n");
  continueClock(file);
  CHECK(near(agentClock(), wallClock() + Duration::days(365)));
  writeFile(file, "another-boot " + std::to_string(ahead) + "\n");
  continueClock(usual);
  continueClock(file);
  CHECK(near(agentClock(), wallClock()));
  CHECK(contentOf(file).starts_with(bootName()));
  writeFile(file, bootName() + " nonsense");
  continueClock(file);
  CHECK(near(agentClock(), wallClock()));
}

TEST_CASE("people are shown instants as the clock on the wall tells them, also when it was set back by a year") {
  SharingStatus status;
  const Instant now = Instant::ofUnixSeconds(1'700'000'000);
  status.decision.computing = {{Hindrance::kTimes, "", now, ""}, {Hindrance::kHeat, "", {}, ""}};
  status.projects.emplace_back();
  AgentStatus& agent = status.projects[0].agent;
  agent.until = Instant::farFuture();
  agent.server.nextSync = now;
  agent.tasks.emplace_back().started = now;
  const Duration year = Duration::days(365);
  const SharingStatus shown = onTheWall(status, Duration{} - year);
  CHECK(shown.decision.computing[0].until == now - year);
  CHECK_FALSE(shown.decision.computing[1].until);
  CHECK(shown.projects[0].agent.until == Instant::farFuture());
  CHECK(shown.projects[0].agent.server.nextSync == now - year);
  CHECK(shown.projects[0].agent.tasks[0].started == now - year);
}
