// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/platform/host_facts.h"
#include "agent/platform/sensors.h"
#include "agent/platform/sensors/session_bus.h"
#include "agent/platform/sensors/system_bus.h"
#include "unit/agent/temp_folder.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

/// A program in the background that says one line once it is ready, and ends with this object.
class Helper {
 public:
  explicit Helper(const std::vector<std::string>& command) {
    std::array<int, 2> told{};
    REQUIRE(::pipe(told.data()) == 0);
    m_process = ::fork();
    if (m_process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(told[1], 1);
      std::vector<char*> arguments;
      for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
      arguments.push_back(nullptr);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(told[1]);
    FILE* lines = ::fdopen(told[0], "r");
    char line[512] = {};
    if (std::fgets(line, sizeof line, lines) != nullptr) m_line = line;
    std::fclose(lines);
    while (!m_line.empty() && m_line.back() == '\n') m_line.pop_back();
  }
  ~Helper() {
    ::kill(m_process, SIGTERM);
    ::waitpid(m_process, nullptr, 0);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  const std::string& line() const { return m_line; }

 private:
  pid_t m_process = -1;
  std::string m_line;
};

/// A bus of this test's own, which stands for the system's and the session's, with these services of bus_mocks.py.
class MockedBus {
 public:
  explicit MockedBus(std::vector<std::string> services)
      : m_daemon({"/usr/bin/dbus-daemon", "--session", "--print-address", "--nofork"}) {
    REQUIRE_FALSE(m_daemon.line().empty());
    for (const char* name : {"DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"}) {
      ::setenv(name, m_daemon.line().c_str(), 1);
    }
    services.insert(services.begin(),
                    {"/usr/bin/python3", std::string(HEARTH_SOURCE_DIR) + "/tests/unit/agent/bus_mocks.py"});
    m_services = std::make_unique<Helper>(services);
    REQUIRE(m_services->line() == "ready");
  }
  ~MockedBus() {
    for (const char* name : {"DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"}) ::unsetenv(name);
  }
  MockedBus(const MockedBus&) = delete;
  MockedBus& operator=(const MockedBus&) = delete;

 private:
  Helper m_daemon;
  std::unique_ptr<Helper> m_services;
};

}  // namespace

TEST_CASE("UPower says what a machine runs on whose kernel knows of no supply, and its word counts in the facts") {
  const TempFolder machine;  // without /sys
  {
    const MockedBus bus({"power-battery"});
    SystemBus system;
    REQUIRE(system.power());
    CHECK(system.power()->onBattery);
    CHECK(system.power()->charge == 42U);
    Sensors sensors(machine / "");
    const PolicyFacts facts = sensors.see({}, wallClock(), {});
    CHECK(facts.onBattery);
    CHECK(facts.charge == 42U);
    std::filesystem::create_directories(machine / "sys/class/power_supply/AC");
    writeFile(machine / "sys/class/power_supply/AC/type", "Mains\n");
    writeFile(machine / "sys/class/power_supply/AC/online", "1\n");
    CHECK_FALSE(Sensors(machine / "").see({}, wallClock(), {}).onBattery);  // the kernel knows better
  }
  {
    const MockedBus bus({"power-ups"});
    CHECK(SystemBus().power()->onBattery);
    CHECK_FALSE(SystemBus().power()->charge);
  }
  {
    const MockedBus bus({"power-mains"});
    CHECK_FALSE(SystemBus().power()->onBattery);
  }
  const MockedBus bus({"network-free"});
  CHECK_FALSE(SystemBus().power());
}

TEST_CASE("NetworkManager says whether the network costs by volume") {
  {
    const MockedBus bus({"network-metered"});
    CHECK(SystemBus().metered());
  }
  {
    const MockedBus bus({"network-free"});
    CHECK_FALSE(SystemBus().metered());
  }
  const MockedBus bus({});
  CHECK_FALSE(SystemBus().metered());
}

TEST_CASE(
    "a graphical session's idle hint says when its last input was, but no login screen's and none that is behind") {
  const Instant now = wallClock();
  {
    const MockedBus bus({"session-used"});
    CHECK(SystemBus().lastInput(now) == now);
  }
  {
    const MockedBus bus({"session-idle"});
    const auto last = SystemBus().lastInput(now);
    REQUIRE(last);
    CHECK(now - *last > Duration::minutes(59));
    CHECK(now - *last < Duration::minutes(61));
  }
  for (const char* nobodys : {"session-text", "session-login", "session-behind"}) {
    const MockedBus bus({nobodys});
    CHECK_FALSE(SystemBus().lastInput(now));
  }
}

TEST_CASE("in a session the agent sees games by GameMode, and input by GNOME's compositor") {
  const TempFolder machine;
  ::unsetenv("DISPLAY");
  {
    const MockedBus bus({"games-one", "mutter"});
    CHECK(SessionBus().game());
    CHECK(SessionBus().idle() == Duration::milliseconds(4200));
    Sensors sensors(machine / "");
    const Instant now = wallClock();
    const PolicyFacts facts = sensors.see({}, now, {});
    CHECK(facts.game);
    REQUIRE(facts.lastInput);
    CHECK(now - *facts.lastInput >= Duration::milliseconds(4100));
    CHECK(now - *facts.lastInput < Duration::seconds(30));
    Preferences wanted;
    wanted.games = true;
    CHECK_FALSE(Sensors(machine / "").see(wanted, now, {}).game);
  }
  {
    const MockedBus bus({"games-none"});
    CHECK_FALSE(SessionBus().game());
    CHECK_FALSE(SessionBus().idle());
  }
  const MockedBus bus({"stranger"});
  CHECK_FALSE(SessionBus().game());
}

TEST_CASE("a bus that went away says nothing, and is found again when it is back") {
  SessionBus session;
  {
    const MockedBus bus({"games-one"});
    CHECK(session.game());
  }
  CHECK_FALSE(session.game());
  const MockedBus bus({"games-one"});
  CHECK(session.game());
}
