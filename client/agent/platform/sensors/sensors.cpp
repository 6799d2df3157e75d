// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors.h"

#include <algorithm>
#include <utility>

#include "agent/platform/host_facts.h"
#include "agent/platform/sensors/display.h"
#include "agent/platform/sensors/heat.h"
#include "agent/platform/sensors/load.h"
#include "agent/platform/sensors/power.h"
#include "agent/platform/sensors/programs.h"
#include "agent/platform/sensors/session_bus.h"
#include "agent/platform/sensors/system_bus.h"
#include "agent/platform/sensors/terminals.h"
#include "agent/platform/sensors/zone.h"

namespace hearth::agent {

struct Sensors::State {
  explicit State(std::filesystem::path folder) : root(std::move(folder)) {}

  void seeSlow(const Preferences& preferences, Instant wall, Duration ownTime);
  std::optional<Instant> lastInput(Instant wall, const std::optional<Instant>& typed);

  const std::filesystem::path root;
  Duration offset;  ///< of the wall's clock from UTC
  Display display;
  SystemBus bus;
  SessionBus session;
  OthersLoad load;
  PolicyFacts facts;                    ///< as far as they change slowly
  std::optional<Instant> sessionInput;  ///< by logind, by the wall clock
  std::optional<Instant> slowSeen;
};

Sensors::Sensors(std::filesystem::path root) : m_state(std::make_unique<State>(std::move(root))) {}
Sensors::~Sensors() = default;

void Sensors::State::seeSlow(const Preferences& preferences, Instant wall, Duration ownTime) {
  offset = zoneOffset(wall);
  std::optional<Power> supply = readPower(root);
  if (!supply) supply = bus.power();  // of an uninterruptible supply the kernel may not know
  const Power power = supply.value_or(Power{});
  facts.onBattery = power.onBattery;
  facts.charge = power.charge;
  facts.celsius = preferences.heatPause > 0 ? readHeat(root) : std::nullopt;
  facts.program = runningProgram(root, preferences.programs);
  facts.othersLoad = preferences.loadPause > 0 ? load.see(root, ownTime) : std::nullopt;
  facts.metered = !preferences.metered && bus.metered();
  facts.game = !preferences.games && session.game();
  sessionInput = bus.lastInput(wall);
}

/// A display or its compositor knows best; where none can be asked, a session's idle hints say less. Terminals count in
/// any case.
std::optional<Instant> Sensors::State::lastInput(Instant wall, const std::optional<Instant>& typed) {
  std::optional<Instant> last = typed;
  std::optional<Instant> graphical = sessionInput;
  std::optional<Duration> idle = display.idle();
  if (!idle) idle = session.idle();
  if (idle) graphical = wall - *idle;
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
  facts.localOffset = own.offset + (wall - now);
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
