// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QString>

namespace hearth::gui {

/// One of the owner's preferences, as the agent tells it (docs/agent-control.md). A plain value; the agent's word on
/// what is valid is the last one.
struct Preference {
  QString name, value, usual;  ///< `usual`: its value out of the box, where the agent says so
  QString kind, help;
  bool operator==(const Preference&) const = default;
};

/// By name.
using Preferences = QMap<QString, Preference>;
Preferences decodePreferences(const QJsonObject& reply);

/// A preference that the agent has changed.
struct PreferenceChange {
  QString name, from, to;
};
QList<PreferenceChange> decodeChanges(const QJsonObject& reply);

// How values are written: "75%", "80 C", "3m", "yes", "20GiB".

/// The digits at its start; `otherwise` where there are none.
int wholeNumberOf(const QString& value, int otherwise = 0);
bool isYes(const QString& value);
/// In seconds; 0 where it is none.
qint64 secondsOf(const QString& value);
/// The shortest form: "3m", "1h".
QString durationValue(qint64 seconds);
/// In bytes; 0 where it is none.
qint64 bytesOf(const QString& value);

}  // namespace hearth::gui
