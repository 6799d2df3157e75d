// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/notices.h"

#include <utility>

#include "tray/agent_desk.h"
#include "tray/own_settings.h"

namespace hearth::gui {
namespace {

constexpr qint64 kQuietSeconds = 6 * 3600;

}  // namespace

Notices::Notices(AgentDesk& desk, const OwnSettings& settings, QObject* parent)
    : QObject(parent), m_desk(desk), m_settings(settings) {
  connect(&desk, &AgentDesk::changed, this, &Notices::refresh);
}

void Notices::refresh() {
  const StatusLine line = m_desk.line();
  // An agent that is not reached may just be on its way up; what it says itself counts.
  const bool trouble = line.sign == Sign::kTrouble && m_desk.state().known;
  if (trouble && !std::exchange(m_inTrouble, true)) say(m_trouble, line.headline, line.detail, true);
  if (!trouble && m_desk.state().known) m_inTrouble = false;
  if (!m_desk.state().known) return;

  const QString before = std::exchange(m_before, m_desk.state().activity.state);
  if (before == "finishing" && m_before == "finished") {
    say(m_finished, tr("Work is finished"), tr("Nothing runs until you choose Run."), false);
  }
  qint64 certified = 0;
  for (const ProjectState& project : m_desk.state().projects) certified += project.certified.value_or(0);
  if (std::exchange(m_certified, certified) == 0 && certified > 0) {
    say(m_first, tr("Your first task was certified"), tr("What this computer computed is right, and counts."), false);
  }
}

void Notices::say(QDateTime& last, const QString& title, const QString& text, bool warning) {
  const QDateTime now = QDateTime::currentDateTimeUtc();
  // Also where the clock was set back behind the last time.
  if (last.isValid() && last <= now && last.secsTo(now) < kQuietSeconds) return;
  if (!m_settings.notifies()) return;
  last = now;
  emit wanted(title, text, warning);
}

}  // namespace hearth::gui
