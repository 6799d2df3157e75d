// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "agent_core/policy.h"
#include "base/time.h"

namespace hearth::agent {

/// What a program in somebody's session (the tray) sees of them. What it does not say is none.
struct Presence {
  bool idle = false;  ///< false: there was input just now, and may be at any moment until it says otherwise
  Duration idleFor;   ///< how long there was none
  std::optional<bool> fullScreen;
  std::optional<bool> game;
  bool operator==(const Presence&) const = default;
};

/// What all of them say. While there is one, it counts instead of what the agent's own sensors make out of displays and
/// sessions; whoever types on a terminal counts all the same. A plain value; never fails.
class Presences {
 public:
  /// `none`: the teller is gone, and what it said with it.
  void tell(std::uint64_t teller, const std::optional<Presence>& said, Instant now);
  bool any() const { return !m_told.empty(); }
  /// What the sensors saw, corrected by what was told.
  PolicyFacts over(PolicyFacts seen) const;

 private:
  struct Told {
    Presence said;
    Instant lastInput;
  };
  std::map<std::uint64_t, Told> m_told;
};

}  // namespace hearth::agent
