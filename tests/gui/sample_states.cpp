// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDate>
#include <QDateTime>
#include <QJsonArray>

#include "gui/fake_agent.h"

namespace hearth::gui::test {
namespace {

QString inMinutes(int minutes) { return QDateTime::currentDateTimeUtc().addSecs(minutes * 60).toString(Qt::ISODate); }

QJsonObject hostAndSandbox() {
  return {{"host", QJsonObject{{"name", "attic"},
                               {"platform", "linux-x86_64"},
                               {"processor", "AMD Ryzen 5 5600G"},
                               {"processors", 12},
                               {"memoryBytes", qint64{16'000'000'000}},
                               {"diskBytes", qint64{210'000'000'000}},
                               {"cacheBytes", 1'300'000'000},
                               {"heat", 61.5}}},
          {"sandbox",
           QJsonObject{{"tier", "cgroup"},
                       {"forbids", QJsonArray{"Tasks see their own folder and none of your files.",
                                              "Tasks have no network.", "Tasks see no other program of this computer.",
                                              "Tasks have limits of memory, processors, disk and time."}}}}};
}

QJsonObject project(const QString& name, const QString& about, int tasks) {
  return {{"name", name},
          {"about", about},
          {"home", "https://" + name.toLower().remove(' ') + ".example"},
          {"server", "grid.example:8443"},
          {"host", 12},
          {"share", 100},
          {"state", "running"},
          {"tasks", tasks},
          {"paused", false},
          {"finish", false},
          {"account", "anonymous"},
          {"calls", QJsonObject{{"reached", true}, {"failures", 0}, {"lastSync", inMinutes(-3)}}}};
}

QJsonObject projects() {
  QJsonObject folds = project("Riverbed", "How proteins of river mussels fold.", 2);
  folds.insert("contribution", QJsonObject{{"tasks", 1284}, {"processorSeconds", 5'437'800}, {"credit", 18'352.5}});
  folds.insert("uses", QJsonArray{"Results of June are in a paper on shell growth (Lind and Okafor, 2026).",
                                  "The folds that you computed are in a public atlas."});
  QJsonObject primes = project("Ladder", "Chains of amicable numbers.", 1);
  primes.insert("contribution", QJsonObject{{"tasks", 96}, {"processorSeconds", 86'000}, {"credit", 310.0}});
  primes.insert("share", 50);
  return {{"Riverbed", folds}, {"Ladder", primes}};
}

QJsonObject task(const QString& project, const QString& name, const QString& purpose, double progress, int remaining) {
  return {{"project", project},       {"batch", 17},           {"index", 4},
          {"batchName", name},        {"application", "fold"}, {"owner", "Department of Limnology"},
          {"purpose", purpose},       {"phase", "running"},    {"frozen", false},
          {"processors", 1},          {"progress", progress},  {"remainingSeconds", remaining},
          {"started", inMinutes(-24)}};
}

QJsonObject tasks() {
  QJsonObject third =
      task("Ladder", "Amicable chains above 10^12", "A table that mathematicians look things up in.", 0.9, 95);
  third.insert("phase", "uploading");
  return {
      {"Riverbed/77", task("Riverbed", "Mussel shell folds, series 3", "Why shells thin in warm rivers.", 0.62, 1340)},
      {"Riverbed/78", task("Riverbed", "Mussel shell folds, series 3", "Why shells thin in warm rivers.", 0.08, 3240)},
      {"Ladder/12", third}};
}

QJsonObject preference(const QString& value, const QString& usual, const QString& kind, const QString& help) {
  return {{"value", value}, {"default", usual}, {"kind", kind}, {"help", help}};
}

}  // namespace

QJsonObject richState() {
  QJsonObject state = hostAndSandbox();
  state.insert("agent", QJsonObject{{"state", "running"},
                                    {"paused", false},
                                    {"finish", false},
                                    {"version", "0.1.0"},
                                    {"protocol", 2},
                                    {"process", 4711},
                                    {"started", inMinutes(-300)},
                                    {"folder", "/var/lib/hearth-agent"}});
  state.insert("projects", projects());
  state.insert("tasks", tasks());
  state.insert("policy", QJsonObject{{"inUse", false},
                                     {"processors", 12},
                                     {"memoryBytes", qint64{12'000'000'000}},
                                     {"diskBytes", qint64{100'000'000'000}},
                                     {"availablePercent", 61},
                                     {"computing", QJsonArray()},
                                     {"network", QJsonArray()},
                                     {"fetching", QJsonArray()}});
  state.insert("totals", QJsonObject{{"finished", 31}, {"failed", 1}, {"acknowledged", 31}});
  return state;
}

QJsonObject unjoinedState() {
  QJsonObject state = richState();
  QJsonObject agent = state.value("agent").toObject();
  agent.insert("state", "unjoined");
  state.insert("agent", agent);
  state.insert("projects", QJsonObject());
  state.insert("tasks", QJsonObject());
  return state;
}

QJsonObject usualPreferences() {
  return {{"idle.after", preference("3m", "3m", "duration", "without input for so long, the machine is idle")},
          {"idle.processors", preference("100%", "100%", "percent", "processors for tasks while it is idle")},
          {"idle.memory", preference("75%", "100%", "percent", "memory for tasks while it is idle")},
          {"in-use.processors", preference("0%", "0%", "percent", "processors for tasks while somebody uses it")},
          {"in-use.memory", preference("50%", "50%", "percent", "memory for tasks while somebody uses it")},
          {"times", preference("mon-fri 18:00-08:30, sat-sun", "", "times", "compute only in these hours of the week")},
          {"network.times", preference("", "", "times", "use the network only in these hours of the week")},
          {"network.metered", preference("no", "no", "switch", "use networks that cost by volume")},
          {"disk.most", preference("20GiB", "0", "bytes", "disk for tasks at most; 0: what is free")},
          {"disk.free", preference("512MiB", "512MiB", "bytes", "disk that stays free in any case")},
          {"battery", preference("no", "no", "battery", "run on battery: no, yes, or the charge from which on")},
          {"heat.pause", preference("85 C", "90 C", "degrees", "stop computing at this temperature; 0: never")},
          {"heat.resume", preference("75 C", "80 C", "degrees", "and go on at this one")},
          {"load.pause", preference("0%", "0%", "percent", "stop while other programs use this part")},
          {"load.resume", preference("0%", "0%", "percent", "and go on at this one")},
          {"memory.pause", preference("20%", "20%", "percent", "stop while programs wait for memory")},
          {"memory.resume", preference("5%", "5%", "percent", "and go on at this one")},
          {"full-screen", preference("no", "no", "switch", "compute while a program fills the screen")},
          {"programs", preference("supertuxkart, obs", "", "list", "compute nothing while one of these runs")},
          {"buffer", preference("0s", "0s", "duration", "work to hold ahead")}};
}

QJsonObject someHistory(int days) {
  QJsonArray rows;
  const QDate today = QDate::currentDate();
  for (int back = days - 1; back >= 0; --back) {
    const QDate day = today.addDays(-back);
    const int tasks = day.dayOfWeek() > 5 ? 38 + back % 7 : 9 + (back * 7) % 13;
    rows.append(QJsonObject{{"day", day.toString(Qt::ISODate)},
                            {"tasks", tasks},
                            {"failed", back % 9 == 0 ? 1 : 0},
                            {"processorSeconds", tasks * 2'900},
                            {"energyJoules", tasks * 31'000}});
  }
  return {{"days", rows}};
}

}  // namespace hearth::gui::test
