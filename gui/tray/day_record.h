// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDate>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace hearth::gui {

/// What this computer did on one day, as the agent keeps it.
struct DayRecord {
  QDate day;
  int tasks = 0, failed = 0;
  qint64 processorSeconds = 0;
  double energyJoules = 0;
};
/// One a day of the last `days` up to `today`, in order; days without work are there too.
QList<DayRecord> decodeHistory(const QJsonObject& reply, int days, const QDate& today);

/// A mark of what was done. Plain facts, reached or still to come.
struct Badge {
  QString picture, title, what;
  bool reached = false;
};
QList<Badge> badgesFor(qint64 certified, qint64 processorSeconds);

}  // namespace hearth::gui
