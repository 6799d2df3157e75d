// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent_core/timetable.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth::agent {

/// What the owner of the machine allows. A plain value; whatever setPreference() made of it is valid.
struct Preferences {
  /// Percent of what the machine offers to tasks.
  struct Profile {
    std::uint32_t processors = 100;
    std::uint32_t memory = 100;
    bool operator==(const Profile&) const = default;
  };
  Profile idle{100, 100};
  Profile inUse{0, 50};                       ///< 0 % of the processors: tasks are frozen while somebody is here
  Duration idleAfter = Duration::minutes(3);  ///< without input, then the machine is idle
  Timetable times, networkTimes;

  std::uint64_t diskBytes = 0;  ///< for tasks at most; 0: no limit of its own
  std::uint64_t diskFreeBytes = limits::kGiB / 2;

  static constexpr std::uint32_t kNotOnBattery = 101;
  std::uint32_t battery = kNotOnBattery;             ///< percent of charge from which on tasks run on battery
  std::uint32_t heatPause = 90, heatResume = 80;     ///< degrees Celsius; a pause of 0: heat does not matter
  std::uint32_t loadPause = 0, loadResume = 0;       ///< percent of all processors that other programs use; 0: likewise
  std::uint32_t memoryPause = 20, memoryResume = 5;  ///< percent of time that programs wait for memory; 0: likewise
  bool fullScreen = false;                           ///< go on while a program fills the screen
  bool games = false;                                ///< go on while a game is played
  std::vector<std::string> programs;                 ///< while one of them runs, nothing is computed
  bool metered = false;                              ///< use networks that cost by volume

  Duration buffer;                              ///< work to hold ahead of what runs
  std::uint32_t watts = 8;                      ///< that a busy processor draws more than an idle one
  std::map<std::string, std::uint32_t> shares;  ///< by project, in parts of the whole; kShare for those not named

  static constexpr std::uint32_t kShare = 100;
  std::uint32_t shareOf(const std::string& project) const;
  bool operator==(const Preferences&) const = default;
};

/// Of a machine that is there for tasks: they run while somebody uses it, too.
Preferences dedicatedPreferences();

/// One preference as text: what agent.toml, the control protocol and people read and write.
struct PreferenceText {
  std::string name;   ///< "idle.after"
  std::string value;  ///< "3m"
  std::string help;
  std::string kind;   ///< what its values are: "duration"; docs/agent-control.md lists them
  std::string group;  ///< with what people look for it: "when", "how-much", "network" or "projects"
};
std::vector<PreferenceText> preferenceTexts(const Preferences& preferences);
/// Sets one of them by name. An error says what is wrong with the name (with the nearest one) or the value, and leaves
/// everything as it was.
Result<void> setPreference(Preferences& preferences, std::string_view name, std::string_view value);
/// Sets one of them, or with an empty name each of them, to what it is in `usual`. A project's share goes.
Result<void> resetPreference(Preferences& preferences, std::string_view name, const Preferences& usual);
/// What no single value can break: a resume that lies above its pause.
Result<void> checkPreferences(const Preferences& preferences);

/// What one of them was and is; empty: it is not there.
struct PreferenceChange {
  std::string name, from, to;
};
std::vector<PreferenceChange> preferenceChanges(const Preferences& before, const Preferences& after);

}  // namespace hearth::agent
