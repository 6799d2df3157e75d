// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent_core/preferences.h"
#include "base/time.h"

/// A host's life in virtual time: an owner who comes and goes, nights, a battery, heat, games, metered networks, days
/// switched off, an agent that dies; several projects with servers. Around the real Sharing and the real cores.
namespace hearth::agent::test {

struct YearProject {
  std::string name;
  std::uint32_t share = 100;
  Duration run;       ///< of its tasks on the average
  Duration deadline;  ///< of its tasks
  std::uint32_t processors = 1;
  std::int64_t dryFrom = 0, dryTo = 0;  ///< days on which its server has no work
};

struct YearOptions {
  std::uint64_t seed = 1;
  std::int64_t days = 365;
  std::uint32_t processors = 4;
  std::vector<YearProject> projects;
  Preferences preferences;
  bool deaths = true;  ///< the agent is killed now and then
};
/// A laptop that is used in the evenings and a server's share of everything that can get in the way.
YearOptions usualYear(std::uint64_t seed);

struct YearReport {
  struct Project {
    std::uint64_t taken = 0, returned = 0, late = 0, givenBack = 0, aborted = 0;
    double processorSeconds = 0;
    std::vector<double> months;  ///< processor-seconds in each 30 days
    std::vector<bool> steady;    ///< it had work all that month
  };
  std::vector<Project> projects;
  std::uint64_t events = 0, decisions = 0, deaths = 0, evictions = 0;
  double allowedSeconds = 0;  ///< processor-seconds that the decision gave while the network could be used
  double usedSeconds = 0;
  std::vector<std::string> broken;  ///< promises that were not kept; the first few
  std::uint64_t silent = 0;         ///< moments in which nothing ran and nobody said why, or until when

  /// The greatest distance of a project's part from its share over a month in which all had work, of one.
  double worstShare(const std::vector<YearProject>& projects) const;
};
YearReport liveYear(const YearOptions& options);

}  // namespace hearth::agent::test
