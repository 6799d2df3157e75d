// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/week_hours.h"

#include <QRegularExpression>
#include <QStringList>
#include <array>

namespace hearth::gui {
namespace {

const QStringList& dayNames() {
  static const QStringList names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  return names;
}

/// Minutes since midnight; 24:00 is one; -1: no time of day.
int minuteOf(const QString& text) {
  static const QRegularExpression form("^(\\d{1,2}):(\\d{2})$");
  const auto match = form.match(text);
  const int hour = match.captured(1).toInt(), minute = match.captured(2).toInt();
  if (!match.hasMatch() || minute > 59 || hour * 60 + minute > WeekHours::kDayMinutes) return -1;
  return hour * 60 + minute;
}

QString clock(int minute) {
  return QString("%1:%2").arg(minute / 60, 2, 10, QChar('0')).arg(minute % 60, 2, 10, QChar('0'));
}

QString daysText(int first, int last) {
  if (first == 0 && last == WeekHours::kDays - 1) return "daily";
  return first == last ? dayNames()[first] : dayNames()[first] + "-" + dayNames()[last];
}

}  // namespace

std::optional<WeekHours> WeekHours::parse(const QString& text) {
  WeekHours hours;
  if (text.trimmed().isEmpty()) {
    hours.m_open.set();
    return hours;
  }
  for (const QString& part : text.split(',')) {
    const QStringList words = part.simplified().toLower().split(' ');
    if (words.size() > 2) return std::nullopt;
    const QStringList days = words[0] == "daily" ? QStringList{"mon", "sun"} : words[0].split('-');
    const qsizetype first = dayNames().indexOf(days.first()), last = dayNames().indexOf(days.last());
    const QStringList times = words.size() == 2 ? words[1].split('-') : QStringList{"00:00", "24:00"};
    if (first < 0 || last < 0 || days.size() > 2 || times.size() != 2) return std::nullopt;
    const int from = minuteOf(times[0]), to = minuteOf(times[1]);
    if (from < 0 || to < 0 || from == kDayMinutes) return std::nullopt;
    // A window that ends where it starts, or before, ends on the next day; days may wrap around the week as well.
    const int length = to > from ? to - from : to + kDayMinutes - from;
    for (int day = static_cast<int>(first);; day = (day + 1) % kDays) {
      hours.add(day * kDayMinutes + from, length);
      if (day == last) break;
    }
  }
  return hours;
}

void WeekHours::add(int from, int length) {
  for (int minute = from; minute < from + length; ++minute) m_open.set(static_cast<std::size_t>(minute % kMinutes));
}

QString WeekHours::windowsOf(int day) const {
  QStringList windows;
  const auto open = [&](int minute) { return m_open[static_cast<std::size_t>(day * kDayMinutes + minute)]; };
  for (int from = 0; from < kDayMinutes; ++from) {
    if (!open(from)) continue;
    int to = from;
    while (to < kDayMinutes && open(to)) ++to;
    windows.append(clock(from) + "-" + clock(to));
    from = to;
  }
  return windows.join(' ');
}

QString WeekHours::text() const {
  if (always()) return {};
  QStringList parts;
  for (int day = 0; day < kDays;) {
    const QString windows = windowsOf(day);
    int last = day;
    while (last + 1 < kDays && windowsOf(last + 1) == windows) ++last;
    for (const QString& window : windows.split(' ', Qt::SkipEmptyParts)) {
      parts.append(daysText(day, last) + (window == "00:00-24:00" ? QString() : " " + window));
    }
    day = last + 1;
  }
  return parts.join(", ");
}

WeekHours::Hour WeekHours::at(int day, int hour) const {
  int open = 0;
  for (int minute = 0; minute < 60; ++minute) {
    open += m_open[static_cast<std::size_t>(day * kDayMinutes + hour * 60 + minute)] ? 1 : 0;
  }
  if (open == 60) return Hour::kOpen;
  return open == 0 ? Hour::kShut : Hour::kPartly;
}

void WeekHours::set(int day, int hour, bool open) {
  for (int minute = 0; minute < 60; ++minute) {
    m_open.set(static_cast<std::size_t>(day * kDayMinutes + hour * 60 + minute), open);
  }
}

}  // namespace hearth::gui
