// SPDX-License-Identifier: GPL-3.0-or-later
// What the windows are made of, without a window.
#include <QJsonArray>
#include <QPainter>
#include <QSignalSpy>
#include <QtTest>

#include "gui/fake_agent.h"
#include "i18n/translations.h"
#include "tray/agent_desk.h"
#include "tray/day_record.h"
#include "tray/messages_view.h"
#include "tray/notices.h"
#include "tray/own_settings.h"
#include "tray/status_line.h"
#include "tray/wording.h"
#include "widgets/icons.h"

namespace hearth::gui::test {

class PartsTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { speak(QLocale(QLocale::English), qApp); }
  void everyStateOfAnAgentHasItsSignAndReason_data();
  void everyStateOfAnAgentHasItsSignAndReason();
  void everyWayOfNotReachingAnAgentSaysWhatToDo();
  void signsDifferInShapeAndNotInColourAlone();
  void endsAreSaidByTheClockOnTheWall();
  void tomorrowIsAMorningThatIsNotTooSoon();
  void daysWithoutWorkAreThere();
  void badgesAreReachedByWhatWasCertified();
  void messagesKeepEveryLetter();
  void nothingIsNotifiedUnasked();
  void troubleIsNotifiedOnce();
  void settingsThatCannotBeReadAreKeptAside();
  void germanFrenchAndSpanishAreSpoken();
};

AgentState stateWith(const QJsonObject& agent, const QJsonObject& policy = {}) {
  QJsonObject tree = richState();
  tree.insert("agent", agent);
  tree.insert("policy", policy);
  return decodeState(tree);
}

void PartsTest::everyStateOfAnAgentHasItsSignAndReason_data() {
  QTest::addColumn<QString>("state");
  QTest::addColumn<QString>("what");
  QTest::addColumn<int>("sign");
  QTest::addColumn<QString>("headline");
  const auto row = [](const char* name, const char* state, const char* what, Sign sign, const char* headline) {
    QTest::newRow(name) << state << what << static_cast<int>(sign) << headline;
  };
  row("running", "running", "", Sign::kRunning, "Running 2 tasks for Ladder, Riverbed");
  row("paused", "paused", "", Sign::kPaused, "Paused by you until you resume");
  row("finishing", "finishing", "", Sign::kFinishing, "Finishing 3 tasks, then stopping");
  row("finished", "finished", "", Sign::kPaused, "Finished: nothing runs until you choose Run");
  row("in use", "waiting", "in-use", Sign::kWaiting, "Waiting until you are away");
  row("battery", "waiting", "battery", Sign::kBattery, "Waiting: the computer runs on battery");
  row("heat", "waiting", "heat", Sign::kWaiting, "Waiting: the computer is too hot");
  row("game", "waiting", "game", Sign::kWaiting, "Waiting: a game runs");
  row("of a later agent", "waiting", "eclipse", Sign::kWaiting, "the sun is gone");
  row("idle", "idle", "", Sign::kNoWork, "No work at the moment");
  row("blocked", "blocked", "", Sign::kTrouble, "Cannot work");
  row("unjoined", "unjoined", "", Sign::kNoWork, "Not part of a project yet");
}

void PartsTest::everyStateOfAnAgentHasItsSignAndReason() {
  QFETCH(QString, state);
  QFETCH(QString, what);
  QFETCH(int, sign);
  QFETCH(QString, headline);
  QJsonObject policy;
  if (!what.isEmpty())
    policy.insert("computing", QJsonArray{QJsonObject{{"what", what}, {"reason", "the sun is gone"}}});
  const auto line =
      statusLine(Contact::kReached, {}, stateWith({{"state", state}}, policy), QDateTime::currentDateTime());
  QCOMPARE(static_cast<int>(line.sign), sign);
  QCOMPARE(line.headline, headline);
}

void PartsTest::everyWayOfNotReachingAnAgentSaysWhatToDo() {
  const Answer refusal{false, "forbidden", "user 1001 may not", "Ask the administrator.", {}};
  for (const Contact each :
       {Contact::kAbsent, Contact::kRefused, Contact::kTooOld, Contact::kTooNew, Contact::kStrange}) {
    const StatusLine line = statusLine(each, refusal, {}, QDateTime::currentDateTime());
    QCOMPARE(line.sign, Sign::kTrouble);
    QVERIFY(!line.headline.isEmpty() && !line.advice.isEmpty());
  }
}

void PartsTest::signsDifferInShapeAndNotInColourAlone() {
  QList<QImage> grey;
  for (const Sign sign : {Sign::kRunning, Sign::kFinishing, Sign::kPaused, Sign::kWaiting, Sign::kBattery,
                          Sign::kNoWork, Sign::kTrouble}) {
    QImage image(16, 16, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.drawPixmap(0, 0, picturePixmap(pictureOf(sign), 16));
    painter.end();
    grey.append(image.convertToFormat(QImage::Format_Grayscale8));
  }
  for (qsizetype a = 0; a < grey.size(); ++a) {
    for (qsizetype b = a + 1; b < grey.size(); ++b) {
      int apart = 0;
      for (int pixel = 0; pixel < 256; ++pixel) {
        apart +=
            std::abs(qGray(grey[a].pixel(pixel % 16, pixel / 16)) - qGray(grey[b].pixel(pixel % 16, pixel / 16))) > 60
                ? 1
                : 0;
      }
      QVERIFY2(apart >= 24, qPrintable(QString("%1 and %2 differ in %3 of 256 points").arg(a).arg(b).arg(apart)));
    }
  }
}

void PartsTest::endsAreSaidByTheClockOnTheWall() {
  const QDateTime now(QDate(2026, 11, 26), QTime(16, 0));
  const QString clock = QLocale().toString(QTime(17, 30), QLocale::ShortFormat);
  QCOMPARE(untilText(now.addSecs(5400), now), "until " + clock);
  QCOMPARE(untilText(now.addDays(1).addSecs(5400), now), "until tomorrow, " + clock);
  QCOMPARE(momentText(now.addDays(2).addSecs(5400), now), "on Saturday at " + clock);
}

void PartsTest::tomorrowIsAMorningThatIsNotTooSoon() {
  const QDate day(2026, 11, 26);
  QCOMPARE(tomorrowMorning(QDateTime(day, QTime(22, 0))), QDateTime(day.addDays(1), QTime(6, 0)));
  QCOMPARE(tomorrowMorning(QDateTime(day, QTime(1, 0))), QDateTime(day, QTime(6, 0)));
  QCOMPARE(tomorrowMorning(QDateTime(day, QTime(5, 0))), QDateTime(day.addDays(1), QTime(6, 0)));
}

void PartsTest::daysWithoutWorkAreThere() {
  const QDate today(2026, 11, 26);
  const QJsonObject reply{{"days", QJsonArray{QJsonObject{{"day", "2026-11-24"}, {"tasks", 5}}}}};
  const auto days = decodeHistory(reply, 30, today);
  QCOMPARE(days.size(), 30);
  QCOMPARE(days.last().day, today);
  QCOMPARE(days[27].tasks, 5);
  QCOMPARE(days[28].tasks, 0);
}

void PartsTest::badgesAreReachedByWhatWasCertified() {
  QVERIFY(!badgesFor(0, 0).first().reached);
  QVERIFY(badgesFor(1, 0).first().reached);
  QVERIFY(badgesFor(1000, 0)[2].reached && !badgesFor(999, 0)[2].reached);
  QVERIFY(badgesFor(0, 86'400)[3].reached);
}

void PartsTest::messagesKeepEveryLetter() {
  const QString json = "{\"z\":1,\"a\":[1,{\"b\":\"x, {y} \\\" [z\"}],\"name\":\"attic\",\"none\":[]}";
  QString back = setOut(json);
  QVERIFY(back.contains("\n  \"z\":1,\n  \"a\":["));
  QVERIFY(back.contains("\"none\":[]\n}"));
  QVERIFY(back.contains("\"x, {y} \\\" [z\""));
  back.remove(QRegularExpression("\n *"));
  QCOMPARE(back, json);
}

/// A desk that follows an agent, with notices.
struct Watcher {
  FakeAgent agent;
  QTemporaryDir config;
  AgentLink link{{agent.path()}};
  AgentDesk desk{link};
  OwnSettings own{config.path()};
  Notices notices{desk, own};
  QSignalSpy wanted{&notices, &Notices::wanted};

  bool start() {
    agent.listen();
    link.start();
    return QTest::qWaitFor([this] { return desk.state().known; });
  }
  void become(const QString& state) {
    QJsonObject tree = agent.state();
    QJsonObject said = tree.value("agent").toObject();
    said.insert("state", state);
    tree.insert("agent", said);
    agent.setState(tree);
    QTRY_COMPARE(desk.state().activity.state, state);
  }
};

void PartsTest::nothingIsNotifiedUnasked() {
  Watcher watcher;
  QVERIFY(watcher.start());
  watcher.become("blocked");
  QVERIFY(watcher.wanted.isEmpty());
}

void PartsTest::troubleIsNotifiedOnce() {
  Watcher watcher;
  watcher.own.setNotifies(true);
  QVERIFY(watcher.start());
  watcher.become("blocked");
  QCOMPARE(watcher.wanted.size(), 1);
  watcher.become("running");
  watcher.become("blocked");
  QCOMPARE(watcher.wanted.size(), 1);
  watcher.become("finishing");
  watcher.become("finished");
  QCOMPARE(watcher.wanted.size(), 2);
}

void PartsTest::settingsThatCannotBeReadAreKeptAside() {
  QTemporaryDir config;
  QVERIFY(QDir(config.path()).mkpath("hearth"));
  QFile file(config.filePath("hearth/tray.ini"));
  QVERIFY(file.open(QFile::WriteOnly));
  file.write("[General\nnot an ini file\x01");
  file.close();
  OwnSettings own(config.path());
  QVERIFY(!own.keptAside().isEmpty());
  QVERIFY(QFile::exists(own.keptAside()));
  own.setNotifies(true);
  QVERIFY(own.notifies());
}

void PartsTest::germanFrenchAndSpanishAreSpoken() {
  for (const auto& [language, word] : {std::pair{QLocale::German, "Störung"}, std::pair{QLocale::French, "Problème"},
                                       std::pair{QLocale::Spanish, "Problema"}}) {
    QObject owner;
    speak(QLocale(language), &owner);
    QCOMPARE(nameOf(Sign::kTrouble), QString(word));
  }
}

}  // namespace hearth::gui::test

QTEST_MAIN(hearth::gui::test::PartsTest)
#include "parts_test.moc"
