// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include "agent_core/policy.h"
#include "agent_core/preferences.h"
#include "base/time.h"

namespace hearth::agent {

/// Everything that the agent can see of its owner and of the machine's state, behind one call. Each sensor is a file of
/// its own in `sensors/`; one that does not exist here is left out of the facts. May block for a second where a display
/// or a bus hangs, so it has a thread of its own. Owned and used by that thread.
class Sensors {
 public:
  /// `root` is where /proc, /sys and /dev are looked for.
  explicit Sensors(std::filesystem::path root = "/");
  ~Sensors();
  Sensors(const Sensors&) = delete;
  Sensors& operator=(const Sensors&) = delete;

  /// What stands in the facts of processors, memory and disk is left alone. `ownTime` is the processor time that tasks
  /// have had so far. What changes slowly is looked at every kSlow only.
  PolicyFacts see(const Preferences& preferences, Instant now, Duration ownTime);

  static constexpr Duration kSlow = Duration::seconds(10);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
