// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/mutter_input.h"

#include <utility>

namespace hearth::gui {

MutterInput::MutterInput()
    : InputSource(Precision::kAtOnce),
      m_monitor{QDBusConnection::sessionBus(), QStringLiteral("org.gnome.Mutter.IdleMonitor"),
                QStringLiteral("/org/gnome/Mutter/IdleMonitor/Core"), QStringLiteral("org.gnome.Mutter.IdleMonitor")} {}

void MutterInput::probe() {
  if (!m_monitor.bus.isConnected()) return;
  QDBusConnection(m_monitor.bus)
      .connect(m_monitor.service, m_monitor.path, m_monitor.interface, QStringLiteral("WatchFired"), this,
               SLOT(fired(uint)));
  followService(m_monitor, this, [this](bool there) {
    m_idleWatch = 0;  // one that went took its watches along
    m_inputWatch = 0;
    ++m_turn;
    setUsable(false);
    if (!there) return;
    // A service of that name that cannot tell the time is no help.
    callBus(m_monitor, QStringLiteral("GetIdletime"), {}, this, [this](const QVariantList&) { setUsable(true); });
  });
}

void MutterInput::watch(std::chrono::milliseconds idleAfter) {
  rest();
  m_idleAfter = idleAfter;
  add(QStringLiteral("AddIdleWatch"), {static_cast<qulonglong>(idleAfter.count())}, m_idleWatch);
  askIdleTime([this](std::chrono::milliseconds lasting) {
    if (lasting < m_idleAfter) {
      emit active();
    } else {
      awaitInput();
      emit idle(lasting);
    }
  });
}

void MutterInput::rest() {
  ++m_turn;
  remove(m_idleWatch);
  remove(m_inputWatch);
}

void MutterInput::add(const QString& method, const QVariantList& arguments, uint& watch) {
  callBus(m_monitor, method, arguments, this, [this, &watch, turn = m_turn](const QVariantList& values) {
    uint made = values.isEmpty() ? 0 : values.front().toUInt();
    if (turn == m_turn) {
      watch = made;
    } else {
      remove(made);
    }
  });
}

void MutterInput::remove(uint& watch) {
  if (watch != 0) callBus(m_monitor, QStringLiteral("RemoveWatch"), {watch}, this, [](const QVariantList&) {});
  watch = 0;
}

void MutterInput::askIdleTime(std::function<void(std::chrono::milliseconds)> then) {
  callBus(m_monitor, QStringLiteral("GetIdletime"), {}, this,
          [this, turn = m_turn, then = std::move(then)](const QVariantList& values) {
            if (turn == m_turn && !values.isEmpty()) then(std::chrono::milliseconds(values.front().toLongLong()));
          });
}

/// Its time is asked for once the watch is there: a key that came before shows in it.
void MutterInput::awaitInput() {
  remove(m_inputWatch);
  add(QStringLiteral("AddUserActiveWatch"), {}, m_inputWatch);
  askIdleTime([this](std::chrono::milliseconds lasting) {
    if (lasting < m_idleAfter) emit active();
  });
}

void MutterInput::fired(uint watch) {
  if (watch == 0) return;
  if (watch == m_idleWatch) {
    awaitInput();
    emit idle(m_idleAfter);
  } else if (watch == m_inputWatch) {
    m_inputWatch = 0;
    emit active();
  }
}

}  // namespace hearth::gui
