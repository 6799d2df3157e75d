// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <optional>

#include "presence/input_source.h"
#include "presence/platform/linux/bus.h"

namespace hearth::gui {

/// The idle hint of this user's graphical session at logind. Desktops set it when they have been idle for minutes, and
/// some never: it counts as usable once it has been set at all.
class LogindInput : public InputSource {
  Q_OBJECT

 public:
  LogindInput();

  QString name() const override { return QStringLiteral("logind"); }
  void probe() override;
  void watch(std::chrono::milliseconds idleAfter) override;
  void rest() override;

 private slots:
  void changed(const QString& interface, const QVariantMap& values, const QStringList& names);

 private:
  void follow(const QString& session);
  void readHint();
  void tell();

  const BusObject m_user;
  std::optional<BusObject> m_session;
  bool m_idle = false;
  qint64 m_since = 0;  ///< milliseconds of the wall clock; 0: was never set
  bool m_watched = false;
  std::chrono::milliseconds m_idleAfter{};
  QTimer m_timer;  ///< runs only between the desktop's idle and ours
};

}  // namespace hearth::gui
