// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSettings>

namespace hearth::gui {

/// What belongs to this window and not to the agent: whether it may notify, and whether it starts with the session.
/// Kept in the user's own settings folder; a file that cannot be read is kept aside and said so once.
class OwnSettings : public QObject {
  Q_OBJECT

 public:
  /// `configFolder`: of the user, as ~/.config.
  explicit OwnSettings(const QString& configFolder, QObject* parent = nullptr);

  bool notifies() const;
  void setNotifies(bool wanted);
  bool startsWithSession() const;
  /// Writes or removes the session's entry; false: it could not.
  bool setStartsWithSession(bool wanted);
  /// Where a settings file was put that could not be read; empty: none.
  const QString& keptAside() const { return m_keptAside; }

 private:
  QString autostartFile() const;

  QString m_folder, m_keptAside;
  std::unique_ptr<QSettings> m_settings;
};

}  // namespace hearth::gui
