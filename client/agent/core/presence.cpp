// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/presence.h"

#include <algorithm>

namespace hearth::agent {
namespace {

void join(std::optional<bool>& all, const std::optional<bool>& one) {
  if (one) all = all.value_or(false) || *one;
}

}  // namespace

void Presences::tell(std::uint64_t teller, const std::optional<Presence>& said, Instant now) {
  if (!said) {
    m_told.erase(teller);
    return;
  }
  m_told[teller] = {*said, said->idle ? now - said->idleFor : now};
}

PolicyFacts Presences::over(PolicyFacts seen) const {
  if (m_told.empty()) return seen;
  seen.lastInput = seen.lastTyped;
  std::optional<bool> fullScreen, game;
  for (const auto& [teller, told] : m_told) {
    seen.active = seen.active || !told.said.idle;
    seen.lastInput = std::max(seen.lastInput.value_or(told.lastInput), told.lastInput);
    join(fullScreen, told.said.fullScreen);
    join(game, told.said.game);
  }
  seen.fullScreen = fullScreen.value_or(seen.fullScreen);
  seen.game = game.value_or(seen.game);
  return seen;
}

}  // namespace hearth::agent
