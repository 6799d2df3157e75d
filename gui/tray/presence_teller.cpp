// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/presence_teller.h"

#include "tray/agent_desk.h"

namespace hearth::gui {

PresenceTeller::PresenceTeller(AgentDesk& desk, Presence& presence, QObject* parent)
    : QObject(parent), m_desk(desk), m_presence(presence) {
  connect(&presence, &Presence::active, this, &PresenceTeller::tell);
  connect(&presence, &Presence::idle, this, &PresenceTeller::tell);
  connect(&presence, &Presence::watchesInputChanged, this, &PresenceTeller::tell);
  connect(&presence, &Presence::fullScreenChanged, this, &PresenceTeller::tell);
  connect(&presence, &Presence::gameChanged, this, &PresenceTeller::tell);
  connect(&desk, &AgentDesk::reached, this, &PresenceTeller::tell);
  connect(&desk, &AgentDesk::preferencesChanged, this, &PresenceTeller::useIdleAfter);
}

/// All of it each time: the agent takes a message for the whole of what is known. Where nobody watches input, what it
/// sees by itself is worth more. An agent of the first protocol feels for itself, and needs none of it.
void PresenceTeller::tell() {
  if (!m_presence.watchesInput() || !m_desk.modern()) return;
  QJsonObject all{
      {"idle", m_presence.isIdle()}, {"fullScreen", m_presence.isFullScreen()}, {"game", m_presence.hasGame()}};
  if (m_presence.isIdle()) all.insert("idleMs", static_cast<qint64>(m_presence.idleFor().count()));
  m_desk.ask("presence", all, this, [](const Answer&) {});
}

void PresenceTeller::useIdleAfter() {
  const qint64 seconds = secondsOf(m_desk.preferences().value("idle.after").value);
  if (seconds > 0) m_presence.setIdleAfter(std::chrono::seconds(seconds));
}

}  // namespace hearth::gui
