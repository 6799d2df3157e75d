// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "agent/platform/sensors/power.h"
#include "base/time.h"

namespace hearth::agent {

/// What services of the system say on their bus. Starts none of them; one that is not there says nothing. One thread;
/// a call waits for a second at most.
class SystemBus {
 public:
  SystemBus();
  ~SystemBus();
  SystemBus(const SystemBus&) = delete;
  SystemBus& operator=(const SystemBus&) = delete;

  /// Last input in the graphical session of a person who is in front, by the wall clock, as logind's idle hints tell
  /// it: `now` while one of them is not idle. None: there is no such session.
  std::optional<Instant> lastInput(Instant now);
  /// NetworkManager says, or guesses, that the network costs by volume.
  bool metered();
  /// As UPower says, which also knows of batteries beside the computer. None: it does not run.
  std::optional<Power> power();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
