// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/policy.h"

#include <catch2/catch.hpp>

#include "agent_core/preferences.h"
#include "agent_core/presence.h"
#include "agent_core/timetable.h"

using namespace hearth;
using namespace hearth::agent;

namespace {

/// Monday, 5 January 2026, 0:00 UTC.
constexpr Instant kMonday = Instant::ofUnixSeconds(1'767'571'200);

Instant at(std::int64_t day, std::int64_t hour, std::int64_t minute = 0) {
  return kMonday + Duration::days(day) + Duration::hours(hour) + Duration::minutes(minute);
}

PolicyFacts facts() {
  PolicyFacts made;
  made.processors = 8;
  made.memoryBytes = 16ULL << 30;
  made.diskFreeBytes = 100ULL << 30;
  return made;
}

Preferences preferences(std::initializer_list<std::pair<const char*, const char*>> values) {
  Preferences made;
  for (const auto& [name, value] : values) {
    const auto set = setPreference(made, name, value);
    INFO(name);
    REQUIRE(set);
  }
  return made;
}

const Obstacle& only(const std::vector<Obstacle>& obstacles) {
  REQUIRE(obstacles.size() == 1);
  return obstacles.front();
}

}  // namespace

TEST_CASE("a timetable opens and closes by the clock on the wall, over midnight and over the end of the week") {
  const auto table = Timetable::parse("mon-fri 22:00-07:00, sun").value();
  CHECK_FALSE(table.open(at(0, 21, 59), {}));
  CHECK(table.open(at(0, 22), {}));
  CHECK(table.open(at(1, 6, 59), {}));
  CHECK_FALSE(table.open(at(1, 7), {}));
  CHECK(table.open(at(5, 6), {}));  // Friday's night
  CHECK_FALSE(table.open(at(5, 7), {}));
  CHECK(table.open(at(6, 0), {}));
  CHECK_FALSE(table.open(at(7, 0), {}));
  CHECK(table.nextChange(at(0, 12), {}) == at(0, 22));
  CHECK(table.nextChange(at(0, 23), {}) == at(1, 7));
  CHECK(table.nextChange(at(5, 12), {}) == at(6, 0));
  CHECK(table.nextChange(at(6, 12), {}) == at(7, 0));

  const auto weekend = Timetable::parse("sat-mon").value();
  CHECK(weekend.nextChange(at(5, 3), {}) == at(8, 0));
  CHECK(weekend.nextChange(at(2, 0), {}) == at(5, 0));
  CHECK_FALSE(Timetable::parse("daily").value().nextChange(at(2, 0), {}));
  CHECK(Timetable::parse("").value().always());
}

TEST_CASE("when the clocks change, a window opens at the same hour of the wall's clock") {
  const auto table = Timetable::parse("daily 22:00-06:00").value();
  const Duration winter = Duration::hours(1), summer = Duration::hours(2);
  CHECK(table.nextChange(at(0, 12), winter) == at(0, 21));
  CHECK(table.nextChange(at(0, 12), summer) == at(0, 20));
  CHECK(table.open(at(0, 20, 30), summer));
  CHECK_FALSE(table.open(at(0, 20, 30), winter));
}

TEST_CASE("what is no timetable is refused with the part that is wrong") {
  for (const char* text : {"mon-fry", "mon 25:00-26:00", "mon 8-10", "mon 08:60-09:00", "mon,,tue", "mon 8:00", "x"}) {
    const auto table = Timetable::parse(text);
    INFO(text);
    REQUIRE_FALSE(table);
    CHECK(table.error().hint.find("mon-fri 22:00-07:00") != std::string::npos);
  }
}

TEST_CASE("tasks run while the machine is idle, and not while its owner uses it") {
  Policy policy;
  const Preferences given;
  PolicyFacts seen = facts();
  CHECK(policy.decide(seen, given, at(0, 1)).processors == 8);  // nobody can be seen
  seen.lastInput = at(0, 1);
  const Decision used = policy.decide(seen, given, at(0, 1, 2));
  CHECK(only(used.computing).what == Hindrance::kInUse);
  CHECK(only(used.computing).until == at(0, 1, 3));
  CHECK(used.processors == 0);
  CHECK(used.next == at(0, 1, 3));
  CHECK_FALSE(used.mayFetch());
  const Decision idle = policy.decide(seen, given, at(0, 1, 3));
  CHECK(idle.mayCompute());
  CHECK(idle.memoryBytes == 16ULL << 30);
}

TEST_CASE("while somebody uses the machine, tasks get what its owner gives then") {
  Policy policy;
  PolicyFacts seen = facts();
  seen.lastInput = at(0, 1);
  const Decision used =
      policy.decide(seen, preferences({{"in-use.processors", "30%"}, {"in-use.memory", "10%"}}), at(0, 1));
  CHECK(used.mayCompute());
  CHECK(used.inUse);
  CHECK(used.processors == 2);
  CHECK(used.memoryBytes == (16ULL << 30) * 10 / 100);
  CHECK(policy.decide(seen, preferences({{"in-use.processors", "1%"}}), at(0, 1)).processors == 1);
}

TEST_CASE("on battery, tasks run from the charge on that the owner named") {
  Policy policy;
  PolicyFacts seen = facts();
  seen.onBattery = true;
  seen.charge = 79;
  CHECK(only(policy.decide(seen, {}, at(0, 1)).computing).what == Hindrance::kBattery);
  CHECK_FALSE(policy.decide(seen, preferences({{"battery", "80%"}}), at(0, 1)).mayCompute());
  CHECK(policy.decide(seen, preferences({{"battery", "79%"}}), at(0, 1)).mayCompute());
  CHECK(policy.decide(seen, preferences({{"battery", "yes"}}), at(0, 1)).mayCompute());
}

TEST_CASE("heat, load and waiting for memory stop at one level and go on at another") {
  Policy policy;
  const Preferences given = preferences({{"heat.pause", "85"},
                                         {"heat.resume", "75 C"},
                                         {"load.pause", "40%"},
                                         {"load.resume", "10%"},
                                         {"memory.pause", "20%"},
                                         {"memory.resume", "5%"}});
  const auto decide = [&](double heat, double load, double pressure) {
    PolicyFacts seen = facts();
    seen.celsius = heat;
    seen.othersLoad = load;
    seen.memoryPressure = pressure;
    return policy.decide(seen, given, at(0, 1));
  };
  CHECK(decide(84, 39, 19).mayCompute());
  CHECK(only(decide(85, 0, 0).computing).ends == "at 75 C");
  CHECK_FALSE(decide(76, 0, 0).mayCompute());
  CHECK(decide(75, 0, 0).mayCompute());
  CHECK(decide(84, 0, 0).mayCompute());
  CHECK(only(decide(0, 40, 0).computing).what == Hindrance::kLoad);
  CHECK_FALSE(decide(0, 11, 0).mayCompute());
  CHECK(only(decide(0, 10, 20).computing).what == Hindrance::kMemory);
  CHECK_FALSE(decide(0, 39, 6).mayCompute());
  CHECK(decide(0, 39, 5).mayCompute());
}

TEST_CASE("games, full screen and metered networks have their say") {
  Policy policy;
  PolicyFacts seen = facts();
  seen.game = true;
  CHECK(only(policy.decide(seen, {}, at(0, 1)).computing).what == Hindrance::kGame);
  CHECK(policy.decide(seen, preferences({{"games", "yes"}}), at(0, 1)).mayCompute());
  seen.game = false;
  seen.fullScreen = true;
  CHECK(only(policy.decide(seen, {}, at(0, 1)).computing).what == Hindrance::kFullScreen);
  CHECK(policy.decide(seen, preferences({{"full-screen", "yes"}}), at(0, 1)).mayCompute());
  seen.program = "supertuxkart";
  const Decision game = policy.decide(seen, preferences({{"full-screen", "yes"}}), at(0, 1));
  CHECK(only(game.computing).reason == "supertuxkart is running");

  PolicyFacts metered = facts();
  metered.metered = true;
  const Decision calls = policy.decide(metered, {}, at(0, 1));
  CHECK(calls.mayCompute());
  CHECK(only(calls.network).what == Hindrance::kMetered);
  CHECK_FALSE(calls.mayFetch());
  CHECK(policy.decide(metered, preferences({{"network.metered", "yes"}}), at(0, 1)).mayFetch());
}

TEST_CASE("of several obstacles the one is shown that ends last, and each says how it ends") {
  Policy policy;
  PolicyFacts seen = facts();
  seen.lastInput = at(0, 1);
  const Decision both =
      policy.decide(seen, preferences({{"times", "daily 22:00-06:00"}, {"idle.after", "10m"}}), at(0, 9));
  CHECK(only(both.computing).what == Hindrance::kTimes);
  seen.lastInput = at(0, 9);
  const Decision later = policy.decide(seen, preferences({{"times", "daily 22:00-06:00"}}), at(0, 9));
  CHECK(later.computing.size() == 2);
  CHECK(lasting(later.computing).until == at(0, 22));
  seen.onBattery = true;
  const Decision battery = policy.decide(seen, preferences({{"times", "daily 22:00-06:00"}}), at(0, 9));
  CHECK(lasting(battery.computing).what == Hindrance::kBattery);
  for (const Obstacle& obstacle : battery.computing) {
    CHECK_FALSE(obstacle.reason.empty());
    CHECK((obstacle.until.has_value() || !obstacle.ends.empty()));
  }
}

TEST_CASE("disk is what is free beyond what the owner keeps, and at most what they give") {
  Policy policy;
  CHECK(policy.decide(facts(), preferences({{"disk.free", "90GiB"}}), at(0, 1)).diskBytes == 10ULL << 30);
  CHECK(policy.decide(facts(), preferences({{"disk.most", "5GiB"}}), at(0, 1)).diskBytes == 5ULL << 30);
  CHECK(policy.decide(facts(), preferences({{"disk.free", "200GiB"}}), at(0, 1)).diskBytes == 0);
  const Decision full = policy.decide(facts(), preferences({{"disk.free", "200GiB"}}), at(0, 1));
  CHECK(full.mayCompute());
  CHECK_FALSE(full.mayFetch());
  CHECK(only(full.fetching).what == Hindrance::kDisk);
}

TEST_CASE("every preference can be read back as it is shown") {
  Preferences changed = preferences({{"idle.after", "90s"},
                                     {"battery", "60%"},
                                     {"times", "mon-fri 22:00-07:00, sat-sun"},
                                     {"programs", "supertuxkart, obs"},
                                     {"disk.most", "20GiB"},
                                     {"buffer", "8h"},
                                     {"shares.Protein Study", "300"}});
  Preferences read;
  for (const PreferenceText& each : preferenceTexts(changed)) {
    INFO(each.name << " = " << each.value);
    REQUIRE(setPreference(read, each.name, each.value));
    CHECK_FALSE(each.help.empty());
  }
  CHECK(read == changed);
  CHECK(read.shareOf("Protein Study") == 300);
  CHECK(read.shareOf("another") == 100);
}

TEST_CASE("a preference that is wrong is refused, says what to do and changes nothing") {
  Preferences given;
  const Preferences before = given;
  const std::pair<const char*, const char*> wrong[] = {
      {"idle.procesors", "50%"}, {"idle.processors", "101%"}, {"idle.processors", "half"},
      {"idle.after", "-1s"},     {"idle.after", "2d"},        {"battery", "maybe"},
      {"times", "someday"},      {"full-screen", "1"},        {"shares.x", "0"},
      {"shares.", "1"},          {"disk.most", "lots"},       {"programs", "/usr/bin/x"},
  };
  for (const auto& [name, value] : wrong) {
    const auto set = setPreference(given, name, value);
    INFO(name << " = " << value);
    REQUIRE_FALSE(set);
    CHECK_FALSE(set.error().hint.empty());
    CHECK(given == before);
  }
  CHECK(setPreference(given, "idle.procesors", "50%").error().message.find("idle.processors") != std::string::npos);
  CHECK(checkPreferences(given));
  CHECK_FALSE(checkPreferences(preferences({{"heat.pause", "60"}, {"heat.resume", "60"}})));
  CHECK(checkPreferences(preferences({{"heat.pause", "0"}})));
}

TEST_CASE("availability is learnt within days, and fades over a week") {
  Availability known;
  Instant now = at(0, 0);
  known.pass(now, 1);
  CHECK(known.fraction == Approx(0.5));
  for (int hour = 0; hour < 24 * 14; ++hour) {
    now = now + Duration::hours(1);
    known.pass(now, hour % 24 < 6 ? 1 : 0);
  }
  CHECK(known.fraction == Approx(0.25).margin(0.05));
  known.pass(now + Duration::days(30), 0);
  CHECK(known.fraction < 0.02);
}

TEST_CASE("while somebody is known to be at work there is no saying when that ends") {
  Policy policy;
  PolicyFacts seen = facts();
  seen.active = true;
  seen.lastInput = at(0, 0);
  const Decision decision = policy.decide(seen, {}, at(0, 9));
  CHECK(decision.inUse);
  CHECK_FALSE(only(decision.computing).until);
  CHECK(only(decision.computing).ends == "3 min after the last input");
  CHECK(decision.next == Instant::farFuture());
}

TEST_CASE("what desktops tell of their users stands above what the sensors make out, but not above terminals") {
  Presences told;
  PolicyFacts seen = facts();
  seen.lastInput = at(0, 8, 59);  // by idle hints that are never idle
  seen.fullScreen = true;
  CHECK(told.over(seen) == seen);
  told.tell(1, Presence{true, Duration::minutes(10), {}, {}}, at(0, 9));
  CHECK(told.over(seen).lastInput == at(0, 8, 50));
  CHECK(told.over(seen).fullScreen);
  told.tell(1, Presence{true, Duration::minutes(10), false, true}, at(0, 9));
  CHECK_FALSE(told.over(seen).fullScreen);
  CHECK(told.over(seen).game);
  told.tell(2, Presence{false, {}, {}, {}}, at(0, 9));
  CHECK(told.over(seen).active);
  CHECK(told.over(seen).game);
  told.tell(2, std::nullopt, at(0, 9));
  CHECK_FALSE(told.over(seen).active);
  seen.lastTyped = at(0, 8, 58);
  CHECK(told.over(seen).lastInput == at(0, 8, 58));
  told.tell(1, std::nullopt, at(0, 9));
  CHECK_FALSE(told.any());
  CHECK(told.over(seen).lastInput == at(0, 8, 59));
}

TEST_CASE("each preference has its kind and its group, and can be set to what it shows") {
  for (const PreferenceText& each : preferenceTexts(dedicatedPreferences())) {
    INFO(each.name);
    CHECK((each.group == "when" || each.group == "how-much" || each.group == "network"));
    CHECK_FALSE(each.kind.empty());
    Preferences made;
    CHECK(setPreference(made, each.name, each.value));
    REQUIRE(resetPreference(made, each.name, {}));
    CHECK(made == Preferences{});
  }
  Preferences made;
  REQUIRE(setPreference(made, "shares.Example", "300"));
  REQUIRE(resetPreference(made, "shares.Example", {}));
  CHECK(made == Preferences{});
  CHECK_FALSE(resetPreference(made, "nonsense", {}));
}
