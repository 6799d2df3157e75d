// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "base/time.h"

namespace hearth::agent {

/// What services of a person's session say on its bus, where the agent runs in one. Starts none of them; one that is
/// not there says nothing. One thread; a call waits for a second at most.
class SessionBus {
 public:
  SessionBus();
  ~SessionBus();
  SessionBus(const SessionBus&) = delete;
  SessionBus& operator=(const SessionBus&) = delete;

  /// Since the last input, as GNOME's compositor counts it. None: there is no such compositor.
  std::optional<Duration> idle();
  /// A game has told Feral's GameMode that it runs.
  bool game();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
