// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace hearth::agent {
namespace {

constexpr Duration kFading = Duration::days(7);

std::string spoken(Duration duration) {
  const std::int64_t seconds = duration.micros / 1'000'000;
  if (seconds >= 120 && seconds % 60 == 0) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds) + " s";
}

std::string percent(std::uint32_t value) { return std::to_string(value) + " %"; }

std::string rounded(double value) { return std::to_string(std::lround(value)); }

/// At least one of what there is, unless nothing is allowed.
std::uint32_t partOf(std::uint32_t whole, std::uint32_t percentage) {
  if (percentage == 0) return 0;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(std::uint64_t{whole} * percentage / 100));
}

void lookAtUse(const PolicyFacts& facts, const Preferences& preferences, Instant now, Decision& decision) {
  const Instant idleFrom = facts.lastInput ? *facts.lastInput + preferences.idleAfter : now;
  decision.inUse = facts.active || now < idleFrom;
  if (!decision.inUse) return;
  // While input may come at any moment nobody knows when the last of it will have been.
  const auto until = facts.active ? std::nullopt : std::optional(idleFrom);
  if (until) decision.next = std::min(decision.next, *until);
  if (preferences.inUse.processors > 0) return;
  decision.computing.push_back({Hindrance::kInUse, "the owner uses this machine", until,
                                spoken(preferences.idleAfter) + " after the last input"});
}

void lookAtTimes(const PolicyFacts& facts, const Preferences& preferences, Instant now, Decision& decision) {
  const std::pair<const Timetable*, bool> tables[] = {{&preferences.times, false}, {&preferences.networkTimes, true}};
  for (const auto& [table, network] : tables) {
    const auto change = table->nextChange(now, facts.localOffset);
    if (change) decision.next = std::min(decision.next, *change);
    if (table->open(now, facts.localOffset)) continue;
    auto& obstacles = network ? decision.network : decision.computing;
    obstacles.push_back({network ? Hindrance::kNetworkTimes : Hindrance::kTimes,
                         network ? "the network is not to be used at this hour" : "tasks are not to run at this hour",
                         change, "in the hours \"" + table->text() + "\""});
  }
}

void lookAtPower(const PolicyFacts& facts, const Preferences& preferences, Decision& decision) {
  if (!facts.onBattery) return;
  if (preferences.battery == Preferences::kNotOnBattery) {
    decision.computing.push_back(
        {Hindrance::kBattery, "this machine runs on battery", std::nullopt, "when it is plugged in"});
  } else if (facts.charge.value_or(0) < preferences.battery) {
    decision.computing.push_back({Hindrance::kBattery, "the battery is below " + percent(preferences.battery),
                                  std::nullopt, "when it is plugged in or charged"});
  }
}

void lookAtScreen(const PolicyFacts& facts, const Preferences& preferences, Decision& decision) {
  if (!facts.program.empty()) {
    decision.computing.push_back(
        {Hindrance::kProgram, facts.program + " is running", std::nullopt, "when " + facts.program + " has ended"});
  }
  if (facts.fullScreen && !preferences.fullScreen) {
    decision.computing.push_back(
        {Hindrance::kFullScreen, "a program fills the screen", std::nullopt, "when it does not any more"});
  }
  if (facts.game && !preferences.games) {
    decision.computing.push_back({Hindrance::kGame, "a game is being played", std::nullopt, "when it has ended"});
  }
}

void lookAtNetwork(const PolicyFacts& facts, const Preferences& preferences, Decision& decision) {
  if (!facts.metered || preferences.metered) return;
  decision.network.push_back(
      {Hindrance::kMetered, "the network costs by volume", std::nullopt, "on a network that does not"});
}

void share(const PolicyFacts& facts, const Preferences& preferences, Decision& decision) {
  const Preferences::Profile& profile = decision.inUse ? preferences.inUse : preferences.idle;
  if (profile.processors == 0 && !decision.inUse) {
    decision.computing.push_back({Hindrance::kInUse, "its owner gives no processors while the machine is idle",
                                  std::nullopt, "when idle.processors is more than 0 %"});
  }
  decision.processors = decision.mayCompute() ? partOf(facts.processors, profile.processors) : 0;
  decision.memoryBytes = facts.memoryBytes * profile.memory / 100;
  const std::uint64_t free = facts.diskFreeBytes - std::min(facts.diskFreeBytes, preferences.diskFreeBytes);
  decision.diskBytes = preferences.diskBytes == 0 ? free : std::min(free, preferences.diskBytes);
  if (free == 0) {
    decision.fetching.push_back({Hindrance::kDisk, "the disk has no room beyond what its owner keeps free",
                                 std::nullopt, "when more than disk.free is free"});
  }
}

}  // namespace

const char* name(Hindrance hindrance) noexcept {
  switch (hindrance) {
    case Hindrance::kInUse:
      return "in-use";
    case Hindrance::kTimes:
      return "times";
    case Hindrance::kBattery:
      return "battery";
    case Hindrance::kHeat:
      return "heat";
    case Hindrance::kFullScreen:
      return "full-screen";
    case Hindrance::kGame:
      return "game";
    case Hindrance::kProgram:
      return "program";
    case Hindrance::kLoad:
      return "load";
    case Hindrance::kMemory:
      return "memory";
    case Hindrance::kNetworkTimes:
      return "network-times";
    case Hindrance::kMetered:
      return "metered";
    case Hindrance::kDisk:
      return "disk";
  }
  return "unknown";
}

const Obstacle& lasting(const std::vector<Obstacle>& obstacles) {
  HEARTH_CHECK(!obstacles.empty(), "somebody asked why, and nothing stands in the way");
  return *std::max_element(obstacles.begin(), obstacles.end(), [](const Obstacle& a, const Obstacle& b) {
    return a.until.value_or(Instant::farFuture()) < b.until.value_or(Instant::farFuture());
  });
}

void Policy::Latch::see(const std::optional<double>& value, std::uint32_t pause, std::uint32_t resume) {
  if (!value || pause == 0) {
    closed = false;
  } else if (*value >= pause) {
    closed = true;
  } else if (*value <= resume) {
    closed = false;
  }
}

void Policy::seeLevels(const PolicyFacts& facts, const Preferences& preferences, Decision& decision) {
  m_heat.see(facts.celsius, preferences.heatPause, preferences.heatResume);
  m_load.see(facts.othersLoad, preferences.loadPause, preferences.loadResume);
  m_memory.see(facts.memoryPressure, preferences.memoryPause, preferences.memoryResume);
  if (m_heat.closed) {
    decision.computing.push_back({Hindrance::kHeat, "it is too hot (" + rounded(*facts.celsius) + " C)", std::nullopt,
                                  "at " + std::to_string(preferences.heatResume) + " C"});
  }
  if (m_load.closed) {
    decision.computing.push_back({Hindrance::kLoad, "other programs need the processors", std::nullopt,
                                  "when they use at most " + percent(preferences.loadResume)});
  }
  if (m_memory.closed) {
    decision.computing.push_back({Hindrance::kMemory, "programs wait for memory", std::nullopt,
                                  "when they wait at most " + percent(preferences.memoryResume) + " of the time"});
  }
}

Decision Policy::decide(const PolicyFacts& facts, const Preferences& preferences, Instant now) {
  Decision decision;
  lookAtUse(facts, preferences, now, decision);
  lookAtTimes(facts, preferences, now, decision);
  lookAtPower(facts, preferences, decision);
  seeLevels(facts, preferences, decision);
  lookAtScreen(facts, preferences, decision);
  lookAtNetwork(facts, preferences, decision);
  share(facts, preferences, decision);
  return decision;
}

void Availability::pass(Instant now, double part) {
  if (seen == Instant{}) seen = now;
  if (now <= seen) return;
  const Duration length = now - seen;
  seen = now;
  known = std::min(known + length, kFading);
  // At first every hour counts fully against the guess; later, what lies a week back has faded.
  const double horizon = std::max(known.inSeconds(), Duration::days(1).inSeconds());
  const double kept = std::exp(-length.inSeconds() / horizon);
  fraction = std::clamp(fraction * kept + part * (1 - kept), 0.0, 1.0);
}

}  // namespace hearth::agent
