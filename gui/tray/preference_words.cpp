// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/preference_words.h"

#include <QCoreApplication>
#include <QMap>

#include "link/week_hours.h"
#include "tray/wording.h"

namespace hearth::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(hearth::gui::PreferenceWords)
};

QMap<QString, QString> titles() {
  return {{"idle.after", Words::tr("You count as away after")},
          {"idle.processors", Words::tr("Processors while you are away")},
          {"idle.memory", Words::tr("Memory while you are away")},
          {"in-use.processors", Words::tr("Processors while you use the computer")},
          {"in-use.memory", Words::tr("Memory while you use the computer")},
          {"times", Words::tr("Hours for tasks")},
          {"network.times", Words::tr("Hours for the network")},
          {"network.metered", Words::tr("Networks that cost by volume")},
          {"disk.most", Words::tr("Disk for tasks")},
          {"disk.free", Words::tr("Disk that stays free")},
          {"battery", Words::tr("On battery")},
          {"heat.pause", Words::tr("Too hot from")},
          {"heat.resume", Words::tr("Cool enough from")},
          {"load.pause", Words::tr("Pause when other programs need")},
          {"load.resume", Words::tr("Go on when other programs need")},
          {"memory.pause", Words::tr("Pause when programs wait for memory")},
          {"memory.resume", Words::tr("Go on when programs wait for memory")},
          {"full-screen", Words::tr("While a program fills the screen")},
          {"programs", Words::tr("Programs that make it pause")},
          {"buffer", Words::tr("Work to hold ahead")}};
}

QString hoursText(const QString& value) {
  const auto hours = WeekHours::parse(value);
  if (!hours) return value;
  if (hours->always()) return Words::tr("always");
  int open = 0;
  for (int cell = 0; cell < WeekHours::kDays * WeekHours::kHours; ++cell) {
    open += hours->at(cell / WeekHours::kHours, cell % WeekHours::kHours) != WeekHours::Hour::kShut ? 1 : 0;
  }
  return Words::tr("%n hour(s) a week", nullptr, open);
}

QString goesOn(const QString& value) { return isYes(value) ? Words::tr("tasks go on") : Words::tr("tasks wait"); }

}  // namespace

QString preferenceTitle(const QString& name) {
  if (name.startsWith("shares.")) return Words::tr("Share of %1").arg(name.mid(7));
  return titles().value(name, name);
}

QString preferenceValueText(const QString& name, const QString& value) {
  if (name == "times" || name == "network.times") return hoursText(value);
  if (name == "full-screen") return goesOn(value);
  if (name == "network.metered") return isYes(value) ? Words::tr("used") : Words::tr("not used");
  if (name == "battery")
    return value.endsWith('%') && value != "0%"
               ? Words::tr("tasks run from %1 % of charge on").arg(wholeNumberOf(value))
               : goesOn(value == "no" ? value : "yes");
  if (name == "programs" && value.isEmpty()) return Words::tr("none");
  if (name == "disk.most" && bytesOf(value) == 0) return Words::tr("what is free");
  if (name.startsWith("disk.")) return value;
  if (name == "heat.pause" && wholeNumberOf(value) == 0) return Words::tr("never");
  if (name.startsWith("heat.")) return Words::tr("%1 °C").arg(wholeNumberOf(value));
  if (name == "load.pause" && wholeNumberOf(value) == 0) return Words::tr("never");
  if (value.endsWith('%')) return Words::tr("%1 %").arg(wholeNumberOf(value));
  if (name == "buffer" && secondsOf(value) == 0) return Words::tr("none");
  if (name == "idle.after" || name == "buffer") return spanText(secondsOf(value));
  return value;
}

QString changeText(const PreferenceChange& change) {
  return Words::tr("%1: now %2 (before: %3).")
      .arg(preferenceTitle(change.name), preferenceValueText(change.name, change.to),
           preferenceValueText(change.name, change.from));
}

}  // namespace hearth::gui
