// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent_core/preferences.h"
#include "base/time.h"

namespace hearth::agent {

/// What the sensors saw of the machine. A plain value; what no sensor can see is left out and stands in nobody's way.
struct PolicyFacts {
  Duration localOffset;              ///< the wall's clock here, less the agent's time
  std::optional<Instant> lastInput;  ///< of a person; none: nobody can be seen
  std::optional<Instant> lastTyped;  ///< on a terminal, which is in lastInput too
  bool active = false;               ///< somebody is known to use the machine, until the contrary is known
  bool onBattery = false;
  std::optional<std::uint32_t> charge;  ///< percent
  std::optional<double> celsius;        ///< of the hottest part
  bool fullScreen = false;
  bool game = false;
  std::string program;  ///< of Preferences::programs, that runs; empty: none
  bool metered = false;
  std::optional<double> othersLoad;      ///< percent of all processors that other programs use
  std::optional<double> memoryPressure;  ///< percent of the last ten seconds in which a program waited for memory
  std::uint32_t processors = 1;          ///< offered
  std::uint64_t memoryBytes = 0;         ///< offered
  std::uint64_t diskFreeBytes = 0;
  bool operator==(const PolicyFacts&) const = default;
};

enum class Hindrance : std::uint8_t {
  kInUse,
  kTimes,
  kBattery,
  kHeat,
  kFullScreen,
  kGame,
  kProgram,
  kLoad,
  kMemory,
  kNetworkTimes,
  kMetered,
  kDisk,
};
const char* name(Hindrance hindrance) noexcept;

/// Something that stands in the way, with when it ends: at a time, or on a condition; one of the two is always said.
struct Obstacle {
  Hindrance what = Hindrance::kInUse;
  std::string reason;            ///< "the owner uses this machine"
  std::optional<Instant> until;  ///< if nothing else happens
  std::string ends;              ///< "3m after the last input"
  bool operator==(const Obstacle&) const = default;
};

/// What the agent may do now, over all projects. A plain value.
struct Decision {
  std::vector<Obstacle> computing;  ///< none: tasks may run
  std::vector<Obstacle> network;    ///< none: the network may be used
  std::vector<Obstacle> fetching;   ///< none: new work may be taken, where the two above let it
  bool inUse = false;
  std::uint32_t processors = 0;  ///< for tasks; 0 while they may not run
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;
  Instant next = Instant::farFuture();  ///< when time alone may change it

  bool mayCompute() const { return computing.empty(); }
  bool mayUseNetwork() const { return network.empty(); }
  bool mayFetch() const { return mayCompute() && mayUseNetwork() && fetching.empty(); }
  bool operator==(const Decision&) const = default;
};
/// Of several, the one that ends last.
const Obstacle& lasting(const std::vector<Obstacle>& obstacles);

/// Decides from facts and preferences. What it remembers is hysteresis alone: once too hot, it stays too hot until it
/// is cool. No I/O and no clock; never fails.
class Policy {
 public:
  Decision decide(const PolicyFacts& facts, const Preferences& preferences, Instant now);

 private:
  /// True from `pause` on until it has come down to `resume`.
  struct Latch {
    bool closed = false;
    void see(const std::optional<double>& value, std::uint32_t pause, std::uint32_t resume);
  };
  void seeLevels(const PolicyFacts& facts, const Preferences& preferences, Decision& decision);

  Latch m_heat, m_load, m_memory;
};

/// What part of the time the machine really computes, learnt by an average that fades over a week. A plain value that
/// outlives the agent in its journal.
struct Availability {
  double fraction = 0.5;  ///< of a machine of which nothing is known
  Instant seen;           ///< up to here; zero: never
  Duration known;         ///< how long it has been watched, up to the fading time

  /// Until `now` the machine gave this part of itself (0 to 1) to tasks.
  void pass(Instant now, double part);
  bool operator==(const Availability&) const = default;
};

}  // namespace hearth::agent
