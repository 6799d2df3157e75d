// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocalServer>
#include <QLockFile>
#include <QObject>
#include <QString>

namespace hearth::gui {

/// One tray a session. The first listens in the session's own folder, where nobody else may reach it; a second one
/// hands over what it was started with, and ends.
class SingleInstance : public QObject {
  Q_OBJECT

 public:
  /// `session`: of the screen; a user may have two sessions and one folder.
  SingleInstance(const QString& folder, const QString& session, QObject* parent = nullptr);

  /// Whether we are the first.
  bool claim();
  /// Hands `argument` (empty: only show yourself) to the first; false: it does not answer.
  bool handOver(const QString& argument);

 signals:
  /// Another one was started, with this.
  void called(const QString& argument);

 private:
  void welcome();

  QString m_socket;
  QLockFile m_lock;
  QLocalServer m_server;
};

inline constexpr qint64 kHandedBytes = 4096;

}  // namespace hearth::gui
