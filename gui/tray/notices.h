// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QObject>

namespace hearth::gui {

class AgentDesk;
class OwnSettings;

/// The few things worth a notification: trouble that somebody must look at, the first certified task, and the end of
/// "finish current work". Only where the volunteer wants them, and the same kind once in six hours at most.
class Notices : public QObject {
  Q_OBJECT

 public:
  Notices(AgentDesk& desk, const OwnSettings& settings, QObject* parent = nullptr);

 signals:
  void wanted(const QString& title, const QString& text, bool warning);

 private:
  void refresh();
  void say(QDateTime& last, const QString& title, const QString& text, bool warning);

  AgentDesk& m_desk;
  const OwnSettings& m_settings;
  QDateTime m_trouble, m_first, m_finished;  ///< when each kind was said last
  QString m_before;                          ///< the agent's state
  bool m_inTrouble = false;
  qint64 m_certified = -1;
};

}  // namespace hearth::gui
