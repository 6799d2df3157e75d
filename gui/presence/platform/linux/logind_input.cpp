// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/logind_input.h"

#include <QDBusArgument>
#include <QDBusObjectPath>
#include <QDateTime>
#include <algorithm>

namespace hearth::gui {
namespace {

QString loginInterface(const char* name) { return QStringLiteral("org.freedesktop.login1.") + QLatin1String(name); }

}  // namespace

LogindInput::LogindInput()
    : InputSource(Precision::kHint),
      m_user{QDBusConnection::systemBus(), QStringLiteral("org.freedesktop.login1"),
             QStringLiteral("/org/freedesktop/login1/user/self"), loginInterface("User")} {
  m_timer.setSingleShot(true);
  m_timer.setTimerType(Qt::CoarseTimer);
  connect(&m_timer, &QTimer::timeout, this, [this] { tell(); });
}

void LogindInput::probe() {
  if (!m_user.bus.isConnected()) return;
  // A tray that systemd started belongs to no session: the user's display is asked for.
  readBus(m_user, QStringLiteral("Display"), this, [this](const QVariant& value) {
    const auto display = qvariant_cast<QDBusArgument>(value);
    if (display.currentSignature() != QLatin1String("(so)")) return;
    QString id;
    QDBusObjectPath path;
    display.beginStructure();
    display >> id >> path;
    display.endStructure();
    if (path.path().size() > 1) follow(path.path());
  });
}

void LogindInput::follow(const QString& session) {
  m_session = BusObject{m_user.bus, m_user.service, session, loginInterface("Session")};
  QDBusConnection(m_user.bus)
      .connect(m_user.service, session, QStringLiteral("org.freedesktop.DBus.Properties"),
               QStringLiteral("PropertiesChanged"), this, SLOT(changed(QString, QVariantMap, QStringList)));
  readBus(*m_session, QStringLiteral("Type"), this, [this](const QVariant& type) {
    if (type.toString() == QLatin1String("x11") || type.toString() == QLatin1String("wayland")) readHint();
  });
}

void LogindInput::readHint() {
  readBus(*m_session, QStringLiteral("IdleHint"), this, [this](const QVariant& idle) {
    m_idle = idle.toBool();
    readBus(*m_session, QStringLiteral("IdleSinceHint"), this, [this](const QVariant& since) {
      m_since = since.toLongLong() / 1000;
      setUsable(m_idle || m_since != 0);
      tell();
    });
  });
}

void LogindInput::changed(const QString& interface, const QVariantMap& values, const QStringList& names) {
  const auto hint = QStringLiteral("IdleHint");
  if (interface == m_session->interface && (values.contains(hint) || names.contains(hint))) readHint();
}

void LogindInput::watch(std::chrono::milliseconds idleAfter) {
  m_idleAfter = idleAfter;
  m_watched = true;
  tell();
}

void LogindInput::rest() {
  m_watched = false;
  m_timer.stop();
}

void LogindInput::tell() {
  if (!m_watched) return;
  m_timer.stop();
  const std::chrono::milliseconds lasting(m_idle ? QDateTime::currentMSecsSinceEpoch() - m_since : 0);
  if (m_idle && lasting >= m_idleAfter) {
    emit idle(lasting);
  } else {
    // A clock that was set back makes it wait no longer than the whole time.
    if (m_idle) m_timer.start(std::min(m_idleAfter, m_idleAfter - lasting));
    emit active();
  }
}

}  // namespace hearth::gui
