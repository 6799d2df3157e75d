// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/preference.h"

#include <QJsonArray>
#include <array>
#include <utility>

#include "base/limits.h"

namespace hearth::gui {
namespace {

constexpr std::array kUnits = {std::pair{'d', 86'400}, std::pair{'h', 3'600}, std::pair{'m', 60}, std::pair{'s', 1}};

qsizetype digits(const QString& value) {
  qsizetype count = 0;
  while (count < value.size() && value[count].isDigit()) ++count;
  return count;
}

}  // namespace

Preferences decodePreferences(const QJsonObject& reply) {
  Preferences preferences;
  const QJsonObject all = reply.value("preferences").toObject();
  for (auto each = all.begin(); each != all.end(); ++each) {
    const QJsonObject one = each->toObject();
    preferences.insert(each.key(), {each.key(), one.value("value").toString(), one.value("default").toString(),
                                    one.value("kind").toString(), one.value("help").toString()});
  }
  return preferences;
}

QList<PreferenceChange> decodeChanges(const QJsonObject& reply) {
  QList<PreferenceChange> changes;
  for (const QJsonValue each : reply.value("changed").toArray()) {
    const QJsonObject one = each.toObject();
    changes.append({one.value("name").toString(), one.value("from").toString(), one.value("to").toString()});
  }
  return changes;
}

int wholeNumberOf(const QString& value, int otherwise) {
  const qsizetype count = digits(value);
  return count == 0 ? otherwise : value.left(count).toInt();
}

bool isYes(const QString& value) { return value == "yes" || value == "true"; }

qint64 secondsOf(const QString& value) {
  const qsizetype count = digits(value);
  const qint64 number = value.left(count).toLongLong();
  const QString unit = value.mid(count).trimmed();
  if (unit == "ms") return number / 1000;
  for (const auto& [sign, seconds] : kUnits) {
    if (unit == QChar(sign)) return number * seconds;
  }
  return 0;
}

QString durationValue(qint64 seconds) {
  for (const auto& [sign, length] : kUnits) {
    if (seconds != 0 && seconds % length == 0) return QString::number(seconds / length) + QChar(sign);
  }
  return "0s";
}

qint64 bytesOf(const QString& value) {
  const qsizetype count = digits(value);
  const qint64 number = value.left(count).toLongLong();
  const QString unit = value.mid(count).trimmed();
  if (unit == "GiB") return number * static_cast<qint64>(limits::kGiB);
  if (unit == "MiB") return number * static_cast<qint64>(limits::kMiB);
  if (unit == "KiB") return number * static_cast<qint64>(limits::kKiB);
  return unit.isEmpty() ? number : 0;
}

}  // namespace hearth::gui
