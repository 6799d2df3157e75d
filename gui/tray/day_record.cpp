// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/day_record.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QMap>

namespace hearth::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(hearth::gui::Badge)
};

constexpr qint64 kDaySeconds = 86'400, kYearSeconds = 365 * kDaySeconds;

}  // namespace

QList<DayRecord> decodeHistory(const QJsonObject& reply, int days, const QDate& today) {
  QMap<QDate, DayRecord> known;
  for (const QJsonValue each : reply.value("days").toArray()) {
    const QJsonObject one = each.toObject();
    const QDate day = QDate::fromString(one.value("day").toString(), Qt::ISODate);
    known[day] = {day, one.value("tasks").toInt(), one.value("failed").toInt(),
                  one.value("processorSeconds").toInteger(), one.value("energyJoules").toDouble()};
  }
  QList<DayRecord> records;
  for (int back = days - 1; back >= 0; --back) {
    const QDate day = today.addDays(-back);
    DayRecord record = known.value(day);
    record.day = day;
    records.append(record);
  }
  return records;
}

QList<Badge> badgesFor(qint64 certified, qint64 processorSeconds) {
  return {
      {"badge-first", Words::tr("First fire"), Words::tr("One task was certified"), certified >= 1},
      {"badge-hundred", Words::tr("Hundred"), Words::tr("100 tasks were certified"), certified >= 100},
      {"badge-thousand", Words::tr("Thousand"), Words::tr("1000 tasks were certified"), certified >= 1000},
      {"badge-day", Words::tr("A day's work"), Words::tr("24 hours of one processor"), processorSeconds >= kDaySeconds},
      {"badge-year", Words::tr("A year's work"), Words::tr("365 days of one processor"),
       processorSeconds >= kYearSeconds}};
}

}  // namespace hearth::gui
