// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/game_mode.h"

namespace hearth::gui {

GameMode::GameMode()
    : m_daemon{QDBusConnection::sessionBus(), QStringLiteral("com.feralinteractive.GameMode"),
               QStringLiteral("/com/feralinteractive/GameMode"), QStringLiteral("com.feralinteractive.GameMode")} {}

void GameMode::watch() {
  if (!m_daemon.bus.isConnected()) return;
  QDBusConnection bus(m_daemon.bus);
  for (const auto* signal : {"GameRegistered", "GameUnregistered"}) {
    bus.connect(m_daemon.service, m_daemon.path, m_daemon.interface, QLatin1String(signal), this, SLOT(readCount()));
  }
  bus.connect(m_daemon.service, m_daemon.path, QStringLiteral("org.freedesktop.DBus.Properties"),
              QStringLiteral("PropertiesChanged"), this, SLOT(readCount()));
  followService(m_daemon, this, [this](bool there) {
    if (there) readCount();
    if (!there) put(false);
  });
}

void GameMode::readCount() {
  readBus(m_daemon, QStringLiteral("ClientCount"), this, [this](const QVariant& count) { put(count.toInt() > 0); });
}

}  // namespace hearth::gui
