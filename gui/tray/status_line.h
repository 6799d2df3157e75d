// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

#include "link/agent_link.h"
#include "link/agent_state.h"

namespace hearth::gui {

/// What the icon shows: a shape each, so that nobody needs to tell colours apart.
enum class Sign { kRunning, kFinishing, kPaused, kWaiting, kBattery, kNoWork, kTrouble };

/// What the agent does now, for people.
struct StatusLine {
  Sign sign = Sign::kNoWork;
  QString headline;  ///< what it does: one short sentence
  QString detail;    ///< why, and when that ends
  QString advice;    ///< what one may do about it; empty: nothing needs to be done
  bool operator==(const StatusLine&) const = default;
};
StatusLine statusLine(Contact contact, const Answer& refusal, const AgentState& state, const QDateTime& now);

/// The picture's name (widgets/icons.h).
QString pictureOf(Sign sign);
/// In a word or two, for those who do not see it.
QString nameOf(Sign sign);
/// Why, in our words; the agent's own where it is something that we do not know yet.
QString obstacleText(const Obstacle& obstacle);

}  // namespace hearth::gui
