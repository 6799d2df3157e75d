// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "agent/platform/host_facts.h"
#include "agent/platform/sensors/display.h"
#include "agent/platform/sensors/heat.h"
#include "agent/platform/sensors/load.h"
#include "agent/platform/sensors/power.h"
#include "agent/platform/sensors/programs.h"
#include "agent/platform/sensors/system_bus.h"
#include "agent/platform/sensors/terminals.h"

namespace hearth::agent {
namespace {

/// The wall's clock here, less UTC.
Duration zoneOffset(Instant wall) {
  const std::time_t seconds = wall.inUnixSeconds();
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  return Duration::seconds(local.tm_gmtoff);
}

}  // namespace

struct Sensors::State {
  explicit State(std::filesystem::path folder) : root(std::move(folder)) {}

  void seeSlow(const Preferences& preferences, Instant wall, Duration ownTime);
  std::optional<Instant> lastInput(Instant wall, const std::optional<Instant>& typed);

  const std::filesystem::path root;
  Display display;
  SystemBus bus;
  OthersLoad load;
  PolicyFacts facts;                    ///< as far as they change slowly
  std::optional<Instant> sessionInput;  ///< by logind, by the wall clock
  std::optional<Instant> slowSeen;
};

Sensors::Sensors(std::filesystem::path root) : m_state(std::make_unique<State>(std::move(root))) {}
Sensors::~Sensors() = default;

void Sensors::State::seeSlow(const Preferences& preferences, Instant wall, Duration ownTime) {
  ::tzset();  // the zone of the system may have been changed
  const Power power = readPower(root);
  facts.onBattery = power.onBattery;
  facts.charge = power.charge;
  facts.celsius = preferences.heatPause > 0 ? readHeat(root) : std::nullopt;
  facts.program = runningProgram(root, preferences.programs);
  facts.othersLoad = preferences.loadPause > 0 ? load.see(root, ownTime) : std::nullopt;
  facts.metered = !preferences.metered && bus.metered();
  sessionInput = bus.lastInput(wall);
}

/// A display knows best; where none can be asked, a session's idle hints say less. Terminals count in any case.
std::optional<Instant> Sensors::State::lastInput(Instant wall, const std::optional<Instant>& typed) {
  std::optional<Instant> last = typed;
  std::optional<Instant> graphical = sessionInput;
  if (const auto idle = display.idle()) graphical = wall - *idle;
  if (graphical) last = std::max(last.value_or(*graphical), *graphical);
  return last;
}

PolicyFacts Sensors::see(const Preferences& preferences, Instant now, Duration ownTime) {
  State& own = *m_state;
  const Instant wall = wallClock();
  if (!own.slowSeen || now < *own.slowSeen || now >= *own.slowSeen + kSlow) {
    own.seeSlow(preferences, wall, ownTime);
    own.slowSeen = now;
  }
  PolicyFacts facts = own.facts;
  facts.localOffset = zoneOffset(wall) + (wall - now);
  facts.memoryPressure = preferences.memoryPause > 0 ? readMemoryPressure(own.root) : std::nullopt;
  facts.fullScreen = !preferences.fullScreen && own.display.fullScreen();
  // A clock that was set back would have input come from the future.
  const auto ago = [&](Instant input) { return now - std::max(Duration{}, wall - input); };
  const auto typed = lastTyped(own.root);
  if (typed) facts.lastTyped = ago(*typed);
  if (const auto input = own.lastInput(wall, typed)) facts.lastInput = ago(*input);
  return facts;
}

}  // namespace hearth::agent
