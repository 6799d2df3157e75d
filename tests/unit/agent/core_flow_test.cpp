// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <catch2/catch.hpp>

#include "agent_core/backoff.h"
#include "agent_core/plain_text.h"
#include "unit/agent/core_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

TEST_CASE("tasks flow from assignment to acknowledgement and leave nothing behind") {
  World world(1);
  world.tasksLeft = 50;
  world.run(Duration::minutes(10));
  CHECK(world.acknowledged == 50);
  CHECK(world.starts == 50);
  CHECK(world.leased() == 0);
  CHECK(world.folders() == 0);
  CHECK(world.journalRows() == 0);
  CHECK(world.maxRunning == 2);
  CHECK(world.status().totals.finished == 50);
}

TEST_CASE("tasks of some milliseconds flow fast once their length is known") {
  World world(2);
  world.tasksLeft = 400;
  world.taskTime = Duration::milliseconds(5);
  world.run(Duration::seconds(20));
  CHECK(world.acknowledged == 400);
  CHECK(world.syncs < 80);
}

TEST_CASE("a host with one long task a processor holds as many again and no more") {
  World world(3, host(4));
  world.tasksLeft = 1000;
  world.taskTime = Duration::minutes(10);
  world.run(Duration::minutes(5));
  CHECK(world.maxRunning == 4);
  CHECK(world.maxHeld <= 10);
}

TEST_CASE("tasks that need the whole host run one at a time") {
  World world(4, host(4));
  world.taskProcessors = 4;
  world.tasksLeft = 10;
  world.run(Duration::minutes(10));
  CHECK(world.acknowledged == 10);
  CHECK(world.maxRunning == 4);
}

TEST_CASE("a task that needs a device waits for it, and the host says how many it lends") {
  HostDescription lender = host(4);
  lender.gpus = {{"card", {DeviceApi::kOpenCl}, 0}, {"other card", {DeviceApi::kOpenCl}, 0}};
  World world(6, lender);
  world.taskGpus = 1;
  world.tasksLeft = 10;
  world.run(Duration::minutes(10));
  CHECK(world.acknowledged == 10);
  CHECK(world.succeeded == 10);
  CHECK(world.maxRunning == 2);
  CHECK(world.requests.front().second.free.gpus == 2);
}

TEST_CASE("a task that can never run here is given back at once with the reason") {
  World world(5, host(2));
  world.taskProcessors = 3;
  world.tasksLeft = 1;
  world.run(Duration::minutes(1));
  CHECK(world.hostFailed == 1);
  CHECK(world.starts == 0);
}

TEST_CASE("a host that can do nothing right asks for work ever more slowly") {
  World world(6, host(2));
  world.taskProcessors = 3;
  world.tasksLeft = 1'000'000;
  world.run(Duration::minutes(30));
  CHECK(world.hostFailed > 0);
  CHECK(world.hostFailed < 200);
}

TEST_CASE("while the server is away the agent comes back ever more slowly and at different times") {
  World world(7);
  world.serverDown = true;
  world.run(Duration::hours(2));
  CHECK(world.syncs > 20);
  CHECK(world.syncs < 120);
  World other(8);
  other.serverDown = true;
  other.run(Duration::hours(2));
  CHECK(world.syncTimes != other.syncTimes);
  CHECK_FALSE(world.status().server.reached);
  CHECK(world.status().server.reason == "down");
}

TEST_CASE("results wait through an outage and reach the server afterwards") {
  World world(9);
  world.tasksLeft = 4;
  world.run(Duration::seconds(1));
  REQUIRE(world.leased() == 4);
  world.serverDown = true;
  world.run(Duration::hours(1));
  CHECK(world.starts == 4);
  CHECK(world.acknowledged == 0);
  world.serverDown = false;
  world.run(Duration::minutes(11));
  CHECK(world.acknowledged == 4);
  CHECK(world.starts == 4);
}

TEST_CASE("back-off stays between its bounds and grows") {
  RandomStream random(1);
  for (std::uint32_t failures = 1; failures < 100; ++failures) {
    const Duration pause = backOff(failures, bounds::kBackOffFirst, bounds::kBackOffLongest, random);
    CHECK(pause >= Duration::seconds(1));
    CHECK(pause <= Duration::minutes(5));
  }
  Duration early{}, late{};
  for (int i = 0; i < 100; ++i) {
    early = early + backOff(1, bounds::kBackOffFirst, bounds::kBackOffLongest, random);
    late = late + backOff(9, bounds::kBackOffFirst, bounds::kBackOffLongest, random);
  }
  CHECK(late > early * 20);
}

TEST_CASE("Retry-After is honoured") {
  World world(10);
  world.hold = true;
  world.send(Tick{});
  world.send(SyncFailed{{ErrorCode::kUnavailable, "busy", ""}, Duration::seconds(90)});
  const auto next = world.status().server.nextSync;
  REQUIRE(next);
  CHECK(*next >= world.now + Duration::seconds(90));
  CHECK(*next <= world.now + Duration::seconds(90) * 5 / 4);
}

TEST_CASE("a pause freezes what runs, starts nothing, and ends by itself") {
  World world(11);
  world.tasksLeft = 20;
  world.taskTime = Duration::minutes(2);
  world.run(Duration::seconds(2));
  REQUIRE(world.starts == 2);
  world.send(VerbPause{Duration::minutes(30)});
  CHECK(world.status().state == AgentState::kPaused);
  CHECK(world.status().until == world.now + Duration::minutes(30));
  const auto tasks = world.status().tasks;
  CHECK(std::count_if(tasks.begin(), tasks.end(), [](const auto& task) { return task.frozen; }) == 2);
  world.run(Duration::minutes(29));
  CHECK(world.starts == 2);
  for (const auto& [when, request] : world.requests) {
    if (when > world.now - Duration::minutes(28)) CHECK(request.free.tasks == 0);
  }
  world.run(Duration::minutes(40));
  CHECK(world.acknowledged > 2);
}

TEST_CASE("a pause without an end survives a restart and ends with run") {
  World world(12);
  world.tasksLeft = 4;
  world.send(VerbPause{std::nullopt});
  world.run(Duration::hours(1));
  world.crash();
  world.run(Duration::hours(1));
  CHECK(world.status().state == AgentState::kPaused);
  CHECK_FALSE(world.status().until);
  CHECK(world.starts == 0);
  world.send(VerbRun{});
  world.run(Duration::minutes(5));
  CHECK(world.acknowledged == 4);
}

TEST_CASE("a pause is never longer than it was meant to be, though the clock was set back by a year") {
  AgentCore core(1);
  const Instant before = Instant::ofUnixSeconds(1'700'000'000), now = before - Duration::days(365);
  core.handle(HostSeen{host(), ""}, now);
  Restored kept;
  kept.settings = {false, true, before + Duration::minutes(40), before - Duration::minutes(20)};
  core.handle(kept, now);
  CHECK(core.status(now).state == AgentState::kPaused);
  CHECK(core.status(now).until == now + Duration::hours(1));
  core.handle(Tick{}, now + Duration::minutes(61));
  CHECK(core.status(now + Duration::minutes(61)).state != AgentState::kPaused);
}

TEST_CASE("finish ends what is held and asks for nothing more") {
  World world(13);
  world.tasksLeft = 1000;
  world.run(Duration::seconds(3));
  world.send(VerbFinish{});
  const std::size_t held = world.status().tasks.size();
  CHECK(world.status().state == AgentState::kFinishing);
  world.run(Duration::minutes(10));
  CHECK(world.status().state == AgentState::kFinished);
  CHECK(world.status().tasks.empty());
  CHECK(world.starts >= held);
  const std::uint64_t done = world.acknowledged;
  world.run(Duration::hours(1));
  CHECK(world.acknowledged == done);
  world.send(VerbRun{});
  world.run(Duration::minutes(1));
  CHECK(world.acknowledged > done);
}

TEST_CASE("quit stops the tasks, reports what is done, and loses nothing") {
  World world(14);
  world.tasksLeft = 10;
  world.taskTime = Duration::minutes(2);
  world.run(Duration::seconds(5));
  const Instant told = world.now;
  world.send(VerbQuit{});
  world.run(Duration::minutes(1));
  CHECK(world.exited);
  CHECK(world.now - told <= bounds::kQuitGrace);
  world.crash();  // starts again
  world.run(Duration::hours(1));
  CHECK(world.acknowledged == 10);
  CHECK(world.hostFailed == 0);  // being stopped by its owner is no loss
}

TEST_CASE("quit does not wait for a server that is away") {
  World world(15);
  world.tasksLeft = 2;
  world.run(Duration::seconds(30));
  world.serverDown = true;
  world.run(Duration::minutes(1));
  const Instant told = world.now;
  world.send(VerbQuit{});
  world.run(Duration::minutes(1));
  CHECK(world.exited);
  CHECK(world.now - told <= bounds::kQuitGrace);
}

TEST_CASE("a task whose run is lost again and again is given back after the third loss") {
  World world(16);
  world.tasksLeft = 1;
  world.taskTime = Duration::hours(1);
  for (int i = 0; i < 3; ++i) {
    world.run(Duration::seconds(5));
    REQUIRE(world.starts == static_cast<std::uint64_t>(i) + 1);
    world.crash();
  }
  world.run(Duration::seconds(5));
  CHECK(world.starts == 3);
  CHECK(world.hostFailed == 1);
}

TEST_CASE("an aborted attempt is stopped and forgotten without a result") {
  World world(17);
  world.tasksLeft = 2;
  world.taskTime = Duration::hours(1);
  world.run(Duration::seconds(5));
  REQUIRE(world.starts == 2);
  world.chances.abort = 1000;
  world.run(Duration::minutes(1));
  CHECK(world.aborted == 2);
  CHECK(world.status().tasks.empty());
  CHECK(world.folders() == 0);
}

TEST_CASE("a full disk stops fetching, says so, and is tried again") {
  World world(18);
  world.tasksLeft = 4;
  world.chances.diskFull = 1000;
  world.run(Duration::minutes(5));
  CHECK(world.starts == 0);
  CHECK(world.status().state == AgentState::kBlocked);
  CHECK(world.status().reason.find("disk full") != std::string::npos);
  CHECK(world.requests.back().second.free.tasks == 0);
  world.chances.diskFull = 0;
  world.run(Duration::minutes(10));
  CHECK(world.acknowledged == 4);
}

TEST_CASE("a journal that cannot be written stops new work and keeps results") {
  World world(19);
  world.tasksLeft = 100;
  world.run(Duration::seconds(8));
  const std::uint64_t before = world.acknowledged;
  world.send(JournalHealth{Error{ErrorCode::kExhausted, "no room", ""}});
  const std::uint64_t started = world.starts;
  world.run(Duration::minutes(5));
  CHECK(world.starts == started);
  CHECK(world.acknowledged > before);
  CHECK(world.status().state == AgentState::kBlocked);
  world.send(JournalHealth{});
  world.run(Duration::hours(1));
  CHECK(world.acknowledged == 100);
}

TEST_CASE("without a sandbox no work is asked for, and the status says why") {
  HostDescription description = host();
  description.sandbox = SandboxTier::kNone;
  World world(20, description);
  world.tasksLeft = 10;
  world.send(HostSeen{description, "user namespaces are off"});
  world.run(Duration::minutes(5));
  CHECK(world.starts == 0);
  CHECK(world.requests.front().second.free.tasks == 0);
  CHECK(world.requests.front().second.description->sandbox == SandboxTier::kNone);
  CHECK(world.status().state == AgentState::kBlocked);
  CHECK(world.status().reason.find("user namespaces are off") != std::string::npos);
}

TEST_CASE("the description is sent until a sync has carried it, and again when it changes") {
  World world(21);
  world.chances.syncFails = 1000;
  world.run(Duration::seconds(10));
  world.chances.syncFails = 0;
  world.run(Duration::minutes(3));
  bool carried = false;
  for (const auto& [when, request] : world.requests) carried = carried || request.description.has_value();
  CHECK(carried);
  CHECK(world.requests.front().second.description.has_value());
  CHECK_FALSE(world.requests.back().second.description.has_value());
  HostDescription changed = host();
  changed.diskBytes = 1;
  world.send(HostSeen{changed, ""});
  world.run(Duration::minutes(1));
  CHECK(std::any_of(world.requests.begin(), world.requests.end(), [](const auto& each) {
    return each.second.description && each.second.description->diskBytes == 1;
  }));
}

TEST_CASE("missing blobs are uploaded again and the result returned again") {
  World world(22);
  world.tasksLeft = 3;
  world.chances.missing = 700;
  world.run(Duration::hours(2));
  CHECK(world.acknowledged == 3);
  CHECK(world.starts == 3);
}

TEST_CASE("the first result after a long task is returned promptly") {
  World world(23);
  world.tasksLeft = 1;
  world.taskTime = Duration::seconds(20);
  world.nextSync = Duration::minutes(20);
  world.run(Duration::minutes(2));
  CHECK(world.acknowledged == 1);
}

TEST_CASE("the job says which exit codes mean success") {
  World world(24);
  world.tasksLeft = 2;
  world.exitCodes = {0, 14};
  world.exitCode = 14;
  SECTION("one of several") {
    world.endsAs = ExitKind::kExitCode;
    world.run(Duration::minutes(2));
    CHECK(world.succeeded == 2);
  }
  SECTION("0 may not be among them") {
    world.exitCodes = {14};
    world.exitCode = 0;
    world.run(Duration::minutes(2));
    CHECK(world.acknowledged == 2);
    CHECK(world.succeeded == 0);
  }
  SECTION("a signal is never success") {
    world.endsAs = ExitKind::kSignal;
    world.run(Duration::minutes(2));
    CHECK(world.succeeded == 0);
  }
}

TEST_CASE("what others wrote cannot steer a terminal") {
  CHECK(plainText("a\x1b[31mb\nc\x7f", 100) == "a [31mb c ");
  CHECK(plainText("\xc2\x9b"
                  "31m \xc3\xa9",
                  100) == "  31m \xc3\xa9");
  CHECK(plainText("abcdef", 3) == "abc");
  World world(25);
  world.hold = true;
  world.send(Tick{});
  world.send(SyncFailed{{ErrorCode::kUnavailable, "down\x1b]0;x\x07", ""}, std::nullopt});
  CHECK(world.status().server.reason == "down ]0;x ");
}
