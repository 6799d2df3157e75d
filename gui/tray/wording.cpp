// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/wording.h"

#include <QCoreApplication>
#include <QLocale>

namespace hearth::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(hearth::gui::Wording)
};

constexpr int kWakeHour = 6;
constexpr qint64 kLeastNight = 3 * 3600;
constexpr double kJoulesOfKilowattHour = 3.6e6;

QString clock(const QDateTime& moment) { return QLocale().toString(moment.toLocalTime().time(), QLocale::ShortFormat); }

qint64 daysAhead(const QDateTime& moment, const QDateTime& now) {
  return now.toLocalTime().date().daysTo(moment.toLocalTime().date());
}

QString dayText(const QDateTime& moment, const QDateTime& now) {
  const QDate date = moment.toLocalTime().date();
  return daysAhead(moment, now) < 7 ? QLocale().dayName(date.dayOfWeek())
                                    : QLocale().toString(date, QLocale::ShortFormat);
}

}  // namespace

QString momentText(const QDateTime& moment, const QDateTime& now) {
  const qint64 days = daysAhead(moment, now);
  if (days <= 0) return Words::tr("at %1").arg(clock(moment));
  if (days == 1) return Words::tr("tomorrow at %1").arg(clock(moment));
  return Words::tr("on %1 at %2").arg(dayText(moment, now), clock(moment));
}

QString untilText(const QDateTime& moment, const QDateTime& now) {
  const qint64 days = daysAhead(moment, now);
  if (days <= 0) return Words::tr("until %1").arg(clock(moment));
  if (days == 1) return Words::tr("until tomorrow, %1").arg(clock(moment));
  return Words::tr("until %1, %2").arg(dayText(moment, now), clock(moment));
}

QString spanText(qint64 seconds) {
  if (seconds < 90) return Words::tr("a minute");
  const qint64 minutes = (seconds + 30) / 60;
  if (minutes < 60) return Words::tr("%1 min").arg(minutes);
  if (minutes < 24 * 60) return Words::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
  return Words::tr("%n day(s)", nullptr, static_cast<int>(minutes / (24 * 60)));
}

QString bytesText(qint64 bytes) {
  return QLocale().formattedDataSize(bytes, bytes < 10'000'000'000 ? 1 : 0, QLocale::DataSizeSIFormat);
}

QString energyText(double joules) {
  const double hours = joules / kJoulesOfKilowattHour;
  return Words::tr("%1 kWh").arg(QLocale().toString(hours, 'f', hours < 10 ? 1 : 0));
}

QDateTime tomorrowMorning(const QDateTime& now) {
  QDateTime morning(now.toLocalTime().date(), QTime(kWakeHour, 0));
  while (now.secsTo(morning) < kLeastNight) morning = morning.addDays(1);
  return morning;
}

}  // namespace hearth::gui
