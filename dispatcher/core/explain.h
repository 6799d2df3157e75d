// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/dispatcher.h"
#include "model/batch.h"
#include "model/requirements.h"

/// What people are told of the hosts there are: why work of theirs has none, and when it may be done. Read-only looks
/// at the Dispatcher from the thread that owns it (Runtime::query); O(hosts), of many thousands a sample.
namespace hearth::core {

/// What a host may lack, in the order in which hosts are asked.
enum class Need : std::uint8_t {
  kPresence,  ///< it has been heard of lately
  kPlace,     ///< it is where the batch may run: public, or in one of its groups
  kSandbox,
  kPlatform,
  kRuntime,
  kProcessors,
  kMemory,
  kDisk,
  kGpus,
};
inline constexpr std::size_t kNeeds = 9;
const char* needName(Need need) noexcept;  ///< "presence", "sandbox", "platform", …

/// How the hosts of the project, revoked ones apart, stand to requirements.
struct Explanation {
  struct Cause {
    std::uint64_t first = 0;  ///< hosts for which it is the first need that is not met
    std::uint64_t alone = 0;  ///< hosts that would match without it
  };
  std::uint64_t hosts = 0;
  std::uint64_t matching = 0;  ///< those that can run such a task, busy or not
  std::uint64_t idle = 0;      ///< of these, those that have a place free and ask for work
  std::array<Cause, kNeeds> causes{};

  const Cause& of(Need need) const { return causes[static_cast<std::size_t>(need)]; }
};
/// For work that may run on every host.
Explanation explain(const Dispatcher& dispatcher, const Requirements& requirements, Instant now);
/// For a batch, by where its owner and the groups let it run.
Explanation explain(const Dispatcher& dispatcher, const BatchPlan& plan, Instant now);

/// What is asked of the hosts.
struct Workload {
  Requirements requirements;
  std::string application = {};  ///< as in BatchPlan: what it has taken before is known by it
  std::uint64_t tasks = 0;
  std::uint32_t quorum = 1;
  std::optional<Duration> taskTime = {};  ///< that one task computes on a usual host; absent: what past tasks took
  const BatchPlan* placed = nullptr;      ///< whose owner and groups say where it may run; none: on every host
};

/// When the work may be done if nothing else wanted the hosts.
struct Forecast {
  bool learnt = false;                 ///< the time of a task comes from past tasks of the application
  bool guessed = false;                ///< nothing is known of the application: an hour on a usual host was taken
  std::uint64_t hosts = 0;             ///< that match
  std::uint64_t slots = 0;             ///< tasks that they run at a time
  Duration taskTime;                   ///< on a host of middling speed among them
  Duration computing;                  ///< of all tasks together, every replica counted
  std::optional<Duration> half, most;  ///< until 50 % and 90 % are done; absent: no host matches
};
Forecast forecast(const Dispatcher& dispatcher, const Workload& work, Instant now);

}  // namespace hearth::core
