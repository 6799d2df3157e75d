// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/host_facts.h"
#include "agent/platform/memory.h"
#include "agent/platform/sensors/heat.h"
#include "agent/platform/sensors/load.h"
#include "agent/platform/sensors/power.h"
#include "agent/platform/sensors/programs.h"
#include "agent/platform/sensors/terminals.h"
#include "unit/agent/temp_folder.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

/// A folder that stands for the root of a machine.
struct FakeRoot : TempFolder {
  void put(const std::string& file, const std::string& content) const {
    const auto path = *this / file;
    std::filesystem::create_directories(path.parent_path());
    writeFile(path, content + "\n");
  }
  std::filesystem::path root() const { return *this / ""; }
};

}  // namespace

TEST_CASE("a laptop is on battery while it discharges and nothing is plugged in; a mouse's battery is no laptop's") {
  const FakeRoot machine;
  CHECK_FALSE(readPower(machine.root()));
  machine.put("sys/class/power_supply/hidpp_battery_0/type", "Battery");
  machine.put("sys/class/power_supply/hidpp_battery_0/scope", "Device");
  machine.put("sys/class/power_supply/hidpp_battery_0/status", "Discharging");
  machine.put("sys/class/power_supply/hidpp_battery_0/capacity", "3");
  CHECK_FALSE(readPower(machine.root()));
  machine.put("sys/class/power_supply/AC/type", "Mains");
  machine.put("sys/class/power_supply/AC/online", "0");
  machine.put("sys/class/power_supply/BAT0/type", "Battery");
  machine.put("sys/class/power_supply/BAT0/status", "Discharging");
  machine.put("sys/class/power_supply/BAT0/capacity", "64");
  CHECK(readPower(machine.root()).value().onBattery);
  CHECK(readPower(machine.root()).value().charge == 64U);
  machine.put("sys/class/power_supply/AC/online", "1");
  CHECK_FALSE(readPower(machine.root()).value().onBattery);
}

TEST_CASE("heat is that of the processors, where they are known, and never what no sensor measures") {
  const FakeRoot machine;
  CHECK_FALSE(readHeat(machine.root()));
  machine.put("sys/class/thermal/thermal_zone0/type", "acpitz");
  machine.put("sys/class/thermal/thermal_zone0/temp", "27800");
  CHECK(readHeat(machine.root()) == 27.8);
  machine.put("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp");
  machine.put("sys/class/thermal/thermal_zone1/temp", "61000");
  machine.put("sys/class/thermal/thermal_zone2/type", "iwlwifi");
  machine.put("sys/class/thermal/thermal_zone2/temp", "70000");
  CHECK(readHeat(machine.root()) == 61.0);
  machine.put("sys/class/hwmon/hwmon0/name", "nvme");
  machine.put("sys/class/hwmon/hwmon0/temp1_input", "95000");
  machine.put("sys/class/hwmon/hwmon1/name", "k10temp");
  machine.put("sys/class/hwmon/hwmon1/temp1_input", "83125");
  machine.put("sys/class/hwmon/hwmon1/temp2_input", "-273000");
  machine.put("sys/class/hwmon/hwmon1/temp3_input", "255000");
  CHECK(readHeat(machine.root()) == 83.125);
}

TEST_CASE("other programs' load is what is busy without our tasks") {
  const FakeRoot machine;
  OthersLoad load;
  machine.put("proc/stat", "cpu  1000 0 0 9000 0 0 0 0 0 0");
  CHECK_FALSE(load.see(machine.root(), Duration::seconds(3)));
  machine.put("proc/stat", "cpu  1500 0 100 9300 0 0 0 0 0 0");  // 600 of 900 ticks are busy
  CHECK(load.see(machine.root(), Duration::seconds(6)).value() == Approx(100.0 * 300 / 900));
  machine.put("proc/stat", "cpu  1510 0 100 9301 0 0 0 0 0 0");
  CHECK(load.see(machine.root(), Duration::seconds(6)).value() == Approx(100.0 * 300 / 900));  // too early to say
  machine.put("proc/stat", "nonsense");
  CHECK_FALSE(load.see(machine.root(), Duration::seconds(6)));
}

TEST_CASE("memory pressure is the kernel's, or nothing") {
  const FakeRoot machine;
  CHECK_FALSE(readMemoryPressure(machine.root()));
  machine.put("proc/pressure/memory", "some avg10=12.34 avg60=1.00 avg300=0.10 total=5\nfull avg10=1.00");
  CHECK(readMemoryPressure(machine.root()) == 12.34);
}

TEST_CASE("a program that runs is found by its name, as the kernel cuts it") {
  const FakeRoot machine;
  machine.put("proc/1/comm", "systemd");
  machine.put("proc/4711/comm", "the-long-name-o");
  machine.put("proc/self/comm", "obs");
  CHECK(runningProgram(machine.root(), {"obs", "the-long-name-of-a-game"}) == "the-long-name-of-a-game");
  CHECK(runningProgram(machine.root(), {"obs"}).empty());
  CHECK(runningProgram(machine.root(), {}).empty());
}

TEST_CASE("somebody who types is seen on the newest terminal, and nobody on a machine without one") {
  const FakeRoot machine;
  CHECK_FALSE(lastTyped(machine.root()));
  const auto touch = [&](const std::string& file, std::int64_t seconds) {
    machine.put(file, "");
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (machine.root() / file).c_str(), times, 0) == 0);
  };
  touch("dev/tty1", 1'000);
  touch("dev/pts/3", 2'000);
  touch("dev/pts/ptmx", 9'000);
  touch("dev/ttyprintk", 9'000);
  CHECK(lastTyped(machine.root()) == Instant::ofUnixSeconds(2'000));
}

TEST_CASE("facts are in the agent's own time, whatever the wall's clock shows") {
  const FakeRoot machine;
  machine.put("dev/pts/0", "");
  Sensors sensors(machine.root());
  const Instant now = wallClock() - Duration::days(400);  // the wall's clock was set since the agent started
  const PolicyFacts facts = sensors.see({}, now, {});
  REQUIRE(facts.lastInput);
  CHECK(now - *facts.lastInput < Duration::seconds(30));
  CHECK(facts.lastInput <= now);
  CHECK(facts.localOffset > Duration::days(399));
}

TEST_CASE("an agent that gives its memory back has less of it, and goes on") {
  const auto resident = [] {
    std::ifstream file("/proc/self/smaps_rollup");
    std::string word;
    while (file >> word && word != "Rss:") continue;
    std::size_t kilobytes = 0;
    file >> kilobytes;
    return kilobytes;
  };
  const std::size_t before = resident();
  giveMemoryBack();
  CHECK(resident() < before);
}
