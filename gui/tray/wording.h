// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

/// Figures and moments as people say them, in the language of the desktop.
namespace hearth::gui {

/// "at 17:30", "tomorrow at 06:00", "on Friday at 06:00".
QString momentText(const QDateTime& moment, const QDateTime& now);
/// "until 17:30", "until tomorrow, 06:00".
QString untilText(const QDateTime& moment, const QDateTime& now);
/// "a minute", "24 min", "3 h 10 min", "2 days".
QString spanText(qint64 seconds);
/// "12 GB".
QString bytesText(qint64 bytes);
/// Joules as kilowatt hours: "0.4 kWh".
QString energyText(double joules);
/// The next morning at six that is at least three hours away.
QDateTime tomorrowMorning(const QDateTime& now);

}  // namespace hearth::gui
