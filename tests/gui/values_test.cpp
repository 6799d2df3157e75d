// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonDocument>
#include <QtTest>

#include "gui/fake_agent.h"
#include "link/agent_state.h"
#include "link/merge_patch.h"
#include "link/preference.h"
#include "link/socket_paths.h"
#include "link/week_hours.h"

namespace hearth::gui::test {

class ValuesTest : public QObject {
  Q_OBJECT

 private slots:
  void aMergePatchReplacesMergesAndRemoves_data();
  void aMergePatchReplacesMergesAndRemoves();
  void aWeekReadsAndWritesTheSameHours_data();
  void aWeekReadsAndWritesTheSameHours();
  void anHourThatIsPaintedChangesNoOther();
  void whatIsNoTimetableIsRefused();
  void theStateIsDecodedWithRunningTasksFirst();
  void textOfOthersCannotTurnTheDirectionOfOurs();
  void theNamedSocketIsTheOnlyOneThatIsTried();
  void durationsAndSizesAreReadAsTheyAreWritten();
};

QJsonObject parsed(const char* text) { return QJsonDocument::fromJson(text).object(); }

void ValuesTest::aMergePatchReplacesMergesAndRemoves_data() {
  QTest::addColumn<QByteArray>("before");
  QTest::addColumn<QByteArray>("patch");
  QTest::addColumn<QByteArray>("after");
  // From the appendix of RFC 7396, where both are objects.
  QTest::newRow("replace") << QByteArray(R"({"a":"b"})") << QByteArray(R"({"a":"c"})") << QByteArray(R"({"a":"c"})");
  QTest::newRow("add") << QByteArray(R"({"a":"b"})") << QByteArray(R"({"b":"c"})")
                       << QByteArray(R"({"a":"b","b":"c"})");
  QTest::newRow("remove") << QByteArray(R"({"a":"b","b":"c"})") << QByteArray(R"({"a":null})")
                          << QByteArray(R"({"b":"c"})");
  QTest::newRow("array") << QByteArray(R"({"a":["b"]})") << QByteArray(R"({"a":"c"})") << QByteArray(R"({"a":"c"})");
  QTest::newRow("nested") << QByteArray(R"({"a":{"b":"c"}})") << QByteArray(R"({"a":{"b":"d","c":null}})")
                          << QByteArray(R"({"a":{"b":"d"}})");
  QTest::newRow("into what was none") << QByteArray(R"({"e":null})") << QByteArray(R"({"a":{"bb":{"ccc":null}}})")
                                      << QByteArray(R"({"e":null,"a":{"bb":{}}})");
}

void ValuesTest::aMergePatchReplacesMergesAndRemoves() {
  QFETCH(QByteArray, before);
  QFETCH(QByteArray, patch);
  QFETCH(QByteArray, after);
  QCOMPARE(mergePatch(parsed(before), parsed(patch)), parsed(after));
}

void ValuesTest::aWeekReadsAndWritesTheSameHours_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("written");
  QTest::newRow("always") << ""
                          << "";
  QTest::newRow("every hour said") << "daily"
                                   << "";
  QTest::newRow("nights") << "mon-fri 22:00-07:00, sat-sun"
                          << "mon 22:00-24:00, tue-fri 00:00-07:00, tue-fri 22:00-24:00, sat-sun";
  QTest::newRow("half hours") << "wed 09:30-10:15"
                              << "wed 09:30-10:15";
  QTest::newRow("two windows") << "mon 01:00-02:00, mon 05:00-06:00"
                               << "mon 01:00-02:00, mon 05:00-06:00";
  QTest::newRow("around the week") << "sun 23:00-01:00"
                                   << "mon 00:00-01:00, sun 23:00-24:00";
}

void ValuesTest::aWeekReadsAndWritesTheSameHours() {
  QFETCH(QString, text);
  QFETCH(QString, written);
  const auto hours = WeekHours::parse(text);
  QVERIFY(hours);
  QCOMPARE(hours->text(), written);
  const auto again = WeekHours::parse(hours->text());
  QVERIFY(again && *again == *hours);
}

void ValuesTest::anHourThatIsPaintedChangesNoOther() {
  auto hours = *WeekHours::parse("mon 09:30-12:00");
  QCOMPARE(hours.at(0, 9), WeekHours::Hour::kPartly);
  hours.set(0, 11, false);
  QCOMPARE(hours.text(), QString("mon 09:30-11:00"));
  hours.set(0, 9, true);
  QCOMPARE(hours.text(), QString("mon 09:00-11:00"));
}

void ValuesTest::whatIsNoTimetableIsRefused() {
  for (const char* text : {"noday", "mon 25:00-26:00", "mon 10:00", "mon 10:61-11:00", "mon 1 2 3", "mon,,tue"}) {
    QVERIFY2(!WeekHours::parse(text), text);
  }
}

void ValuesTest::theStateIsDecodedWithRunningTasksFirst() {
  const AgentState state = decodeState(richState());
  QVERIFY(state.known);
  QCOMPARE(state.tasks.size(), 3);
  QCOMPARE(state.tasks.first().key, QString("Riverbed/77"));
  QCOMPARE(state.tasks.last().phase, QString("uploading"));
  QCOMPARE(*state.tasks.first().progress, 0.62);
  QCOMPARE(state.projects.size(), 2);
  QCOMPARE(state.host.processors, 12);
  QCOMPARE(state.forbids.size(), 4);
  QVERIFY(!decodeState({}).known);
}

void ValuesTest::textOfOthersCannotTurnTheDirectionOfOurs() {
  const QJsonObject task{{"batchName", QString("a\u202Eb\nc")}};
  QCOMPARE(decodeState({{"tasks", QJsonObject{{"1", task}}}}).tasks.first().batchName, QString("ab c"));
}

void ValuesTest::theNamedSocketIsTheOnlyOneThatIsTried() {
  QProcessEnvironment environment;
  environment.insert("HOME", "/home/ada");
  QCOMPARE(controlSockets({}, environment)[1], QString("/home/ada/.local/state/hearth-agent/control.sock"));
  environment.insert("HEARTH_AGENT_SOCKET", "/tmp/a.sock");
  QCOMPARE(controlSockets({}, environment), QStringList("/tmp/a.sock"));
  QCOMPARE(controlSockets("/tmp/b.sock", environment), QStringList("/tmp/b.sock"));
}

void ValuesTest::durationsAndSizesAreReadAsTheyAreWritten() {
  QCOMPARE(secondsOf("3m"), 180);
  QCOMPARE(durationValue(secondsOf("90m")), QString("90m"));
  QCOMPARE(durationValue(7200), QString("2h"));
  QCOMPARE(bytesOf("20GiB"), qint64{20} << 30);
  QCOMPARE(wholeNumberOf("85 C"), 85);
  QCOMPARE(wholeNumberOf("no", 101), 101);
}

}  // namespace hearth::gui::test

QTEST_GUILESS_MAIN(hearth::gui::test::ValuesTest)
#include "values_test.moc"
