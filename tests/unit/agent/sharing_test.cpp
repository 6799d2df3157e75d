// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/sharing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "unit/agent/core_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

/// A machine with some projects whose servers give what the test says. It answers fetches at once and keeps what runs.
struct Machine {
  explicit Machine(std::vector<std::string> names, std::uint32_t processors = 2, const Preferences& preferences = {},
                   const std::vector<Ledger>& kept = {})
      : sharing(7, names), left(names.size()), running(names.size()), frozen(names.size()), requests(names.size()) {
    take(sharing.prefer(preferences, now));
    take(sharing.machine({host(processors), ""}, now));
    take(sharing.see(facts, now));
    for (std::size_t i = 0; i < names.size(); ++i) {
      Restored restored;
      if (i < kept.size()) restored.ledger = kept[i];
      take(sharing.handle(i, restored, now));
    }
  }

  /// Time passes while the sensors are looked at now and then.
  void pass(Duration length) {
    const Instant until = now + length;
    for (constexpr Duration step = Duration::minutes(5); now + step < until;) {
      now = now + step;
      take(sharing.see(facts, now));
    }
    now = until;
  }
  void sleep(Duration length) { now = now + length; }
  void see() {
    take(sharing.see(facts, now));
    for (std::size_t i = 0; i < running.size(); ++i) tell(i, Tick{});
  }
  /// Whatever runs longest in this project ends well.
  void end(std::size_t project) {
    REQUIRE_FALSE(running[project].empty());
    const AttemptId attempt = *running[project].begin();
    running[project].erase(attempt);
    tell(project, TaskEnded{attempt, ExitKind::kOk, 0, "", usage});
  }
  void give(std::size_t project, std::uint64_t tasks) {
    left[project] += tasks;
    pass(Duration::seconds(1));
    tell(project, VerbRun{});  // it asks at once
  }
  /// Its answers to actions wait until those that came with them were carried out.
  void tell(std::size_t project, const Event& event) {
    told.emplace_back(project, event);
    while (!answering && !told.empty()) {
      const auto [which, what] = std::move(told.front());
      told.pop_front();
      take(sharing.handle(which, what, now));
    }
  }

  void take(const Sharing::Out& out) {
    answering = true;
    for (const auto& made : out) {
      for (const JournalRow& row : made.actions.rows) {
        if (const auto* saved = std::get_if<SaveLedger>(&row)) ledgers[made.project] = saved->ledger;
        if (const auto* run = std::get_if<CountRun>(&row)) {
          CountRun& sum = history[run->day];
          sum.finished += run->finished;
          sum.processorTime = sum.processorTime + run->processorTime;
          sum.joules += run->joules;
        }
      }
      for (const Action& action : made.actions.actions) {
        std::visit([&](const auto& each) { on(made.project, each); }, action);
      }
    }
    answering = false;
  }
  void on(std::size_t project, const Sync& sync) {
    requests[project].push_back(sync.request);
    wire::SyncReply reply;
    reply.nextSync = Duration::minutes(1);
    for (const auto& result : sync.request.results) {
      reply.acks.push_back({result.attempt, wire::AckVerdict::kAccepted, "", {}});
    }
    for (std::uint32_t i = 0; i < sync.request.free.tasks && left[project] > 0; ++i, --left[project]) {
      const AttemptId attempt{++attempts};
      reply.attempts.push_back(
          {attempt, {BatchId{1}, attempt.value}, 0, Duration::minutes(10), deadline, {{"index", "1"}}, {}});
    }
    wire::Job made = job(BatchId{1}, taskProcessors);
    made.requirements.memoryBytes = taskMemory;
    reply.jobs = {made};
    tell(project, SyncReplied{reply});
  }
  void on(std::size_t project, const Fetch& fetch) { tell(project, InputsReady{fetch.work.assigned.attempt}); }
  void on(std::size_t project, const Start& start) { running[project].insert(start.work.assigned.attempt); }
  void on(std::size_t project, const Freeze& freeze) { frozen[project].insert(freeze.attempt); }
  void on(std::size_t project, const Thaw& thaw) { frozen[project].erase(thaw.attempt); }
  void on(std::size_t project, const Stop& stop) {
    running[project].erase(stop.attempt);
    frozen[project].erase(stop.attempt);
    ++stops;
    tell(project, TaskEnded{stop.attempt, ExitKind::kHostFailed, 0, stop.reason, {}});
  }
  void on(std::size_t project, const Collect& collect) {
    tell(project, OutputsCollected{collect.work.assigned.attempt, {}, {}, {}});
  }
  template <typename Other>
  void on(std::size_t, const Other&) {}

  std::size_t active(std::size_t project) const { return running[project].size() - frozen[project].size(); }

  Instant now = Instant::ofUnixSeconds(1'000'000);
  PolicyFacts facts;
  Sharing sharing;
  Usage usage;                               ///< of a run that ends
  std::map<std::int64_t, CountRun> history;  ///< by day
  Duration deadline = Duration::days(30);
  std::uint32_t taskProcessors = 1;
  std::uint64_t taskMemory = 64 << 20;
  std::uint64_t attempts = 0;
  std::size_t stops = 0;
  std::vector<std::uint64_t> left;
  std::vector<std::set<AttemptId>> running, frozen;
  std::vector<std::vector<wire::SyncRequest>> requests;
  std::map<std::size_t, Ledger> ledgers;
  std::deque<std::pair<std::size_t, Event>> told;
  bool answering = false;
};

Preferences withShares(std::uint32_t first, std::uint32_t second) {
  Preferences preferences;
  preferences.shares = {{"a", first}, {"b", second}};
  return preferences;
}

}  // namespace

TEST_CASE("what runs gave is counted on the day that the clock on the wall shows, with the energy it took") {
  Machine machine({"a"}, 1);
  constexpr std::int64_t kDay = 20'000;
  machine.now = Instant{} + Duration::days(kDay) + Duration::hours(21);
  machine.facts.localOffset = Duration::hours(2);
  machine.see();
  machine.usage = {Duration::hours(1), Duration::seconds(100), 0};
  machine.give(0, 1);
  machine.end(0);
  CHECK(machine.history[kDay].finished == 1);
  CHECK(machine.history[kDay].processorTime == Duration::seconds(100));
  CHECK(machine.history[kDay].joules == 800);  // at 8 W
  machine.pass(Duration::hours(2));            // past midnight there, not in Greenwich
  machine.give(0, 1);
  machine.end(0);
  CHECK(machine.history[kDay + 1].finished == 1);
}

TEST_CASE("how far a task is comes from what those before it took") {
  Machine machine({"a"}, 1);
  const auto task = [&] {
    const auto tasks = machine.sharing.status(machine.now).projects[0].agent.tasks;
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [](const TaskStatus& each) { return each.phase == Phase::kRunning; });
    REQUIRE(found != tasks.end());
    return *found;
  };
  machine.give(0, 2);
  CHECK_FALSE(task().progress);  // nobody knows yet
  machine.pass(Duration::minutes(40));
  machine.end(0);
  CHECK(task().progress == 0.0);
  machine.pass(Duration::minutes(20));
  CHECK(task().progress.value() == Approx(0.5).margin(0.02));
  CHECK(task().remaining.value() <= Duration::minutes(21));
  CHECK(task().remaining.value() >= Duration::minutes(19));
  machine.pass(Duration::minutes(100));
  CHECK(task().progress.value() < 1);
}

TEST_CASE("projects come and go while the others work") {
  Machine machine({}, 4);
  CHECK(machine.sharing.status(machine.now).projects.empty());
  machine.pass(Duration::hours(1));
  const auto add = [&](const std::string& name) {
    machine.left.emplace_back();
    machine.running.emplace_back();
    machine.frozen.emplace_back();
    machine.requests.emplace_back();
    Sharing::Out out;
    const ProjectNumber number = machine.sharing.add(name, machine.now, out);
    machine.take(out);
    machine.take(machine.sharing.handle(number, Restored{}, machine.now));
    return number;
  };
  CHECK(add("First") == 0);
  machine.give(0, 8);
  CHECK(machine.running[0].size() == 4);
  CHECK(machine.sharing.running() == 4);
  CHECK(add("Second") == 1);
  machine.give(1, 8);
  machine.end(0);
  CHECK(machine.running[1].size() == 1);  // its turn
  machine.take(machine.sharing.remove(0, machine.now));
  machine.running[0].clear();
  CHECK(machine.sharing.status(machine.now).projects.size() == 1);
  machine.see();
  CHECK(machine.running[1].size() == 4);
  CHECK(machine.sharing.handle(0, VerbRun{}, machine.now).empty());
  CHECK(add("First") == 2);  // another membership than the one before
}

TEST_CASE("when the owner comes back every task is frozen at once, and goes on when they are gone") {
  Machine machine({"a", "b"});
  machine.give(0, 2);
  machine.give(1, 2);
  REQUIRE(machine.active(0) + machine.active(1) == 2);
  machine.facts.lastInput = machine.now;
  machine.see();
  CHECK(machine.active(0) + machine.active(1) == 0);
  const SharingStatus status = machine.sharing.status(machine.now);
  for (const ProjectStatus& project : status.projects) {
    CHECK(project.agent.state == AgentState::kWaiting);
    CHECK(project.agent.reason == "the owner uses this machine");
    CHECK(project.agent.until == machine.now + Duration::minutes(3));
  }
  machine.pass(Duration::minutes(3));
  machine.see();
  CHECK(machine.active(0) + machine.active(1) == 2);
  CHECK(machine.stops == 0);
}

TEST_CASE("fewer processors freeze what is too much, more thaw it") {
  Preferences preferences;
  REQUIRE(setPreference(preferences, "in-use.processors", "50%"));
  Machine machine({"a", "b"}, 4, preferences);
  machine.give(0, 4);
  machine.give(1, 4);
  REQUIRE(machine.active(0) + machine.active(1) == 4);
  machine.facts.lastInput = machine.now;
  machine.see();
  CHECK(machine.active(0) + machine.active(1) == 2);
  CHECK(machine.running[0].size() + machine.running[1].size() == 4);
  machine.facts.lastInput.reset();
  machine.see();
  CHECK(machine.active(0) + machine.active(1) == 4);
}

TEST_CASE("what one project does not need is for the others") {
  Machine machine({"a", "b"});
  machine.give(1, 10);
  CHECK(machine.active(1) == 2);
  machine.give(0, 10);
  machine.end(1);
  CHECK(machine.active(0) == 1);  // its turn: it has had nothing
  machine.end(0);
  CHECK(machine.active(0) == 1);
}

TEST_CASE("what becomes free at one moment is divided") {
  Machine machine({"a", "b", "c"}, 2);
  machine.taskProcessors = 2;
  machine.give(2, 1);
  machine.taskProcessors = 1;
  machine.give(0, 4);
  machine.give(1, 4);
  REQUIRE(machine.active(2) == 1);
  machine.end(2);
  CHECK(machine.active(0) == 1);
  CHECK(machine.active(1) == 1);
}

TEST_CASE("a project that is paused leaves its processors to others and keeps its tasks") {
  Machine machine({"a", "b"});
  machine.give(0, 4);
  machine.give(1, 4);
  machine.end(0);
  REQUIRE(machine.active(0) == 1);
  machine.tell(0, VerbPause{});
  CHECK(machine.active(0) == 0);
  CHECK(machine.running[0].size() == 1);
  CHECK(machine.active(1) == 2);
}

TEST_CASE("processor time follows shares, also over a restart") {
  Machine machine({"a", "b"}, 2, withShares(300, 100));
  std::vector<double> had(2);
  machine.give(0, 10'000);
  machine.give(1, 10'000);
  for (int i = 0; i < 2'000; ++i) {
    for (std::size_t p = 0; p < 2; ++p) had[p] += static_cast<double>(machine.active(p));
    machine.pass(Duration::minutes(5));
    const std::size_t project = machine.active(static_cast<std::size_t>(i % 2)) > 0
                                    ? static_cast<std::size_t>(i % 2)
                                    : static_cast<std::size_t>((i + 1) % 2);
    machine.end(project);
  }
  CHECK(had[0] / (had[0] + had[1]) == Approx(0.75).margin(0.01));

  // What one has had too much of is remembered: the other's turn comes first.
  Ledger rich, poor;
  rich.charged = Duration::hours(10);
  Machine again({"a", "b"}, 1, {}, {rich, poor});
  again.give(0, 1);
  again.end(0);
  again.give(1, 1);
  again.give(0, 1);
  CHECK(again.active(1) == 1);
  CHECK(again.active(0) == 0);
  CHECK(machine.ledgers.at(0).charged > Duration::hours(1));
}

TEST_CASE("a project that was joined today is not owed what the others had in a year") {
  Ledger year;
  year.charged = Duration::days(365);
  Machine machine({"a", "b"}, 1, {}, {year, {}});
  const auto status = machine.sharing.status(machine.now);
  CHECK(status.projects[0].charged - status.projects[1].charged <= Duration::days(1));
}

TEST_CASE("a day in which the machine slept is charged to nobody, and no task ran in it") {
  Machine machine({"a", "b"}, 2);
  machine.give(0, 1);
  machine.give(1, 1);
  machine.pass(Duration::minutes(5));
  machine.see();
  const auto before = machine.sharing.status(machine.now);
  machine.sleep(Duration::days(1));
  machine.see();
  const auto after = machine.sharing.status(machine.now);
  CHECK(after.projects[0].charged - before.projects[0].charged <= Duration::minutes(10));
  CHECK(after.availability.fraction < before.availability.fraction);
  machine.pass(Duration::minutes(5));
  machine.end(0);
  machine.give(0, 3);  // as long as the one before, which was not a day
  for (const ProjectStatus& project : machine.sharing.status(machine.now).projects) {
    CHECK(project.agent.tasks.size() >= 1);
  }
  machine.deadline = Duration::hours(2);
  machine.give(0, 10);
  CHECK(machine.sharing.status(machine.now).projects[0].agent.tasks.size() >= 3);
}

TEST_CASE("a task that would miss its deadline goes first, whosever turn it is") {
  Machine machine({"a", "b"}, 1);
  machine.give(0, 1);
  machine.end(0);  // tasks take no time, as far as is known
  machine.give(0, 3);
  REQUIRE(machine.active(0) == 1);
  machine.deadline = Duration::minutes(40);
  machine.give(1, 1);
  CHECK(machine.active(1) == 1);  // it may take an hour, for all that is known
  CHECK(machine.active(0) == 0);
  CHECK(machine.running[0].size() == 1);
  machine.end(1);
  CHECK(machine.active(0) == 1);
}

TEST_CASE("a large task is not starved by the small ones of another project") {
  Machine machine({"a", "b"}, 2);
  machine.give(0, 20);
  machine.taskProcessors = 2;
  machine.give(1, 1);
  REQUIRE(machine.active(0) == 2);
  machine.pass(Duration::minutes(1));
  machine.end(0);
  CHECK(machine.active(0) == 1);  // nothing is started in its place
  machine.end(0);
  CHECK(machine.active(1) == 1);
}

TEST_CASE("frozen tasks that hold more memory than the owner leaves them are stopped after a while") {
  Machine machine({"a"}, 2);
  machine.taskMemory = 3ULL << 30;
  machine.give(0, 2);
  REQUIRE(machine.active(0) == 2);
  machine.facts.lastInput = machine.now;
  machine.see();  // 50 % of 8 GiB from now on
  CHECK(machine.frozen[0].size() == 2);
  CHECK(machine.stops == 0);
  machine.pass(bounds::kMemoryGrace);
  machine.see();
  CHECK(machine.stops == 1);
  CHECK(machine.running[0].size() == 1);
  machine.facts.lastInput.reset();
  machine.see();
  CHECK(machine.active(0) == 2);
}

TEST_CASE("on a network that costs nothing is called or fetched, and tasks that are here run on") {
  Machine machine({"a"}, 1);
  machine.give(0, 1);
  REQUIRE(machine.active(0) == 1);
  machine.facts.metered = true;
  machine.see();
  const std::size_t calls = machine.requests[0].size();
  machine.pass(Duration::hours(5));
  machine.tell(0, Tick{});
  machine.end(0);
  machine.pass(Duration::hours(5));
  machine.tell(0, Tick{});
  CHECK(machine.requests[0].size() == calls);
  const AgentStatus status = machine.sharing.status(machine.now).projects[0].agent;
  CHECK(status.reason.find("costs") != std::string::npos);
  CHECK_FALSE(status.ends.empty());
  machine.facts.metered = false;
  machine.see();
  CHECK(machine.requests[0].size() == calls + 1);
  CHECK(machine.requests[0].back().results.size() == 1);
}

TEST_CASE("a buffer holds as much work ahead as the machine gets through in that time") {
  Preferences preferences;
  REQUIRE(setPreference(preferences, "buffer", "10h"));
  Ledger half;
  half.availability = {0.5, Instant::ofUnixSeconds(1'000'000), Duration::days(7)};
  Machine machine({"a"}, 1, preferences, {half});
  machine.give(0, 1'000);
  for (int i = 0; i < 20; ++i) {
    machine.pass(Duration::minutes(30));
    machine.end(0);
  }
  const std::size_t held = machine.sharing.status(machine.now).projects[0].agent.tasks.size();
  CHECK(held >= 10);
  CHECK(held <= 16);
}

TEST_CASE("no more is asked for than can be finished before its deadline") {
  Preferences preferences;
  REQUIRE(setPreference(preferences, "buffer", "10d"));
  Ledger tenth;
  tenth.availability = {0.1, Instant::ofUnixSeconds(1'000'000), Duration::days(7)};
  Machine machine({"a"}, 1, preferences, {tenth});
  machine.deadline = Duration::hours(40);  // at a tenth of the time: four hours of work
  machine.give(0, 1'000);
  for (int i = 0; i < 4; ++i) {
    machine.pass(Duration::minutes(30));
    machine.end(0);
  }
  const std::size_t held = machine.sharing.status(machine.now).projects[0].agent.tasks.size();
  CHECK(held >= 3);
  CHECK(held <= 8);
}

TEST_CASE("servers are told the most that tasks may get, and each a part of the disk") {
  Preferences preferences;
  REQUIRE(setPreference(preferences, "idle.processors", "50%"));
  REQUIRE(setPreference(preferences, "idle.memory", "25%"));
  REQUIRE(setPreference(preferences, "in-use.memory", "10%"));
  REQUIRE(setPreference(preferences, "disk.most", "10GiB"));
  Machine machine({"a", "b"}, 8, preferences);
  REQUIRE_FALSE(machine.requests[0].empty());
  const HostDescription told = *machine.requests[0].front().description;
  CHECK(told.processors == 4);
  CHECK(told.memoryBytes == (8ULL << 30) * 25 / 100);
  CHECK(told.diskBytes == 5ULL << 30);
}
