// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/presence_teller.h"

#include "tray/agent_desk.h"

namespace hearth::gui {

PresenceTeller::PresenceTeller(AgentDesk& desk, Presence& presence, QObject* parent)
    : QObject(parent), m_desk(desk), m_presence(presence) {
  connect(&presence, &Presence::active, this, [this] { tell(input()); });
  connect(&presence, &Presence::idle, this, [this] { tell(input()); });
  connect(&presence, &Presence::watchesInputChanged, this, [this] { tell(input()); });
  connect(&presence, &Presence::fullScreenChanged, this, [this](bool fills) { tell({{"fullScreen", fills}}); });
  connect(&presence, &Presence::gameChanged, this, [this](bool runs) { tell({{"game", runs}}); });
  connect(&desk, &AgentDesk::reached, this, &PresenceTeller::tellAll);
  connect(&desk, &AgentDesk::preferencesChanged, this, &PresenceTeller::useIdleAfter);
}

QJsonObject PresenceTeller::input() const {
  if (!m_presence.watchesInput()) return {};
  if (!m_presence.isIdle()) return {{"idle", false}};
  return {{"idle", true}, {"idleMs", m_presence.idleSince().msecsTo(QDateTime::currentDateTimeUtc())}};
}

void PresenceTeller::tellAll() {
  QJsonObject all = input();
  all.insert("fullScreen", m_presence.isFullScreen());
  all.insert("game", m_presence.hasGame());
  tell(all);
}

void PresenceTeller::tell(const QJsonObject& what) {
  // An agent of the first protocol feels for itself, and needs none of it.
  if (what.isEmpty() || !m_desk.modern()) return;
  m_desk.ask("presence", what, this, [](const Answer&) {});
}

void PresenceTeller::useIdleAfter() {
  const qint64 seconds = secondsOf(m_desk.preferences().value("idle.after").value);
  if (seconds > 0) m_presence.setIdleAfter(std::chrono::seconds(seconds));
}

}  // namespace hearth::gui
