// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/dispatcher.h"
#include "model/batch.h"
#include "sim/faults.h"
#include "sim/hosts.h"

/// The real Dispatcher with simulated people, hosts and time.
namespace hearth::sim {

/// A batch that a person submits.
struct Submission {
  Duration at;
  BatchPlan plan;                         ///< its name is given by the world
  std::uint64_t megaflop = 0;             ///< work of each task
  std::optional<Duration> cancelAt = {};  ///< a person cancels it then, and it does not count
};

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint32_t hosts = 100;
  Duration length = Duration::days(1);  ///< the world ends then at the latest
  Profile profile = findProfile("seti").value();
  bool stationary = true;        ///< Population
  Duration firstArrival;         ///< no host calls before
  Duration arrivals;             ///< hosts enrol at a random moment of this time from firstArrival on
  std::uint32_t processors = 1;  ///< of each host: attempts that it runs at a time
  std::uint32_t buffer = 0;      ///< attempts that it holds besides, to go on with
  std::uint32_t hostsPerAccount = 1;
  bool resumable = true;  ///< an interrupted attempt goes on where it was, else it begins again
  bool endWhenDone = true;
  bool keepRows = true;  ///< false: changes are counted and dropped (no faults, no retries by a person)
  std::optional<FaultPlan> faults;
  bool check = false;          ///< hold everything against the truth (checkers.h); needs keepRows
  bool checkFairness = false;  ///< also the bound of fair queuing, where FairnessChecker says that it can be
  core::DispatcherOptions dispatcher;
  std::vector<Submission> submissions;
};

/// What a run came to.
struct WorldReport {
  std::uint64_t events = 0;  ///< happenings of the world
  std::uint64_t calls = 0;   ///< of hosts: enrolments and syncs
  Duration virtualTime;
  bool done = false;  ///< every task is decided
  Duration makespan;  ///< from the beginning until the last decision, if done
  Duration ninety;    ///< until 90 % of the tasks were certified
  std::uint64_t tasks = 0, certified = 0, failed = 0;
  std::uint64_t leases = 0, results = 0, lapsed = 0, expired = 0;
  std::uint64_t rows = 0;                 ///< row writes of the life of tasks
  double executedMegaflop = 0;            ///< all that hosts ran
  double usefulMegaflop = 0;              ///< quorum x work of the certified tasks
  double upSeconds = 0, busySeconds = 0;  ///< of processors of enrolled hosts
  std::uint64_t hash = 0;                 ///< over all that happened, in order
  std::uint64_t crashes = 0, messagesLost = 0, refusals = 0;
  std::uint64_t certifiedSet = 0;  ///< Checkers::certifiedSet
  std::uint64_t complaintCount = 0;
  std::vector<std::string> complaints;  ///< the first ones

  double per(std::uint64_t count) const {
    return certified == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(certified);
  }
  double idle() const { return upSeconds <= 0 ? 0.0 : 1.0 - busySeconds / upSeconds; }
  double wasted() const { return executedMegaflop <= 0 ? 0.0 : 1.0 - usefulMegaflop / executedMegaflop; }
};

/// Runs a world from its beginning to its end. Single use, one thread. Equal options give an equal report.
class World {
 public:
  explicit World(WorldOptions options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  WorldReport run();
  const core::Dispatcher& dispatcher() const;

 private:
  class Impl;
  std::unique_ptr<Impl> m_impl;
};

/// The moment of the world's beginning on the server's clock: a Monday.
inline constexpr Instant kBeginning = Instant::ofUnixSeconds(1'767'571'200);

/// The right output of a task, and the one of a host that errs.
Digest truthOf(std::size_t submission, TaskIndex task);
Digest errorOf(std::size_t submission, TaskIndex task, std::uint32_t host);

}  // namespace hearth::sim
