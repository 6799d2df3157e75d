// SPDX-License-Identifier: GPL-3.0-or-later
// The real window, each control by the hand's way: what it asks of the agent, and what it says then.
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QSlider>
#include <QSpinBox>

#include "gui/window_rig.h"
#include "i18n/translations.h"
#include "tray/first_run_view.h"
#include "tray/tray_icon.h"
#include "widgets/week_grid.h"

namespace hearth::gui::test {

class WindowTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { speak(QLocale(QLocale::English), qApp); }
  void init();
  void cleanup() { m_rig.reset(); }

  void pauseRunAndFinishAreAskedForAsSaid();
  void aSliderSetsItsShareAndSaysTheChange();
  void aChangeCanBeUndone();
  void aRefusedChangeIsSaidAndTheControlGoesBack();
  void everyChoiceAndCheckSetsItsPreference();
  void aStrokeOverTheWeekIsOneChange();
  void aWeekIsPaintedByKeysToo();
  void theLastHourCannotBeTakenAway();
  void heatKeepsAGapBetweenStopAndGo();
  void programsAreAddedAndRemoved();
  void aProjectIsSwitchedSharedAndLeft();
  void notificationsAreOffUntilAskedFor();
  void anOfferIsJoinedByTwoClicks();
  void aLinkIsJoinedByOneClick();
  void aFileWithALinkIsAnInvitation();
  void anotherServersCertificateLeadsNoFurther();
  void usedUpAndDamagedLinksAreSaidPlainly();
  void noTextFieldStandsOnTheWayIn();
  void anOldAgentIsShownAndSaysWhatItCannot();
  void anAgentThatGoesIsSaidAndComesBack();
  void theKeyboardReachesEveryView();

 private:
  QString lastSet(const QString& name) const;
  void group(int number);

  std::unique_ptr<WindowRig> m_rig;
};

void WindowTest::init() {
  m_rig = std::make_unique<WindowRig>();
  m_rig->start();
  QVERIFY(m_rig->reached());
}

QString WindowTest::lastSet(const QString& name) const {
  const auto asked = m_rig->agent.asked("set");
  return asked.isEmpty() || asked.last().value("name").toString() != name ? "nothing"
                                                                          : asked.last().value("value").toString();
}

void WindowTest::group(int number) {
  m_rig->window.showView(MainWindow::View::kSettings);
  m_rig->find<QTabWidget>("groups")->setCurrentIndex(number);
}

void WindowTest::pauseRunAndFinishAreAskedForAsSaid() {
  auto* pauses = m_rig->find("pause")->menu();
  const QList<QPair<QString, qint64>> lengths = {{"pause-15", 900'000}, {"pause-60", 3'600'000}};
  for (const auto& [name, length] : lengths) {
    pauses->findChild<QAction*>(name)->trigger();
    QTRY_VERIFY(!m_rig->agent.asked("pause").isEmpty());
    QCOMPARE(m_rig->agent.asked("pause").last().value("forMs").toInteger(), length);
    m_rig->agent.forget();
  }
  pauses->findChild<QAction*>("pause-tomorrow")->trigger();
  QTRY_COMPARE(m_rig->agent.asked("pause").size(), 1);
  const qint64 night = m_rig->agent.asked("pause").last().value("forMs").toInteger();
  QVERIFY(night >= 3 * 3'600'000 && night <= 27 * 3'600'000LL);
  pauses->findChild<QAction*>("pause-open")->trigger();
  QTRY_COMPARE(m_rig->agent.asked("pause").size(), 2);
  QVERIFY(!m_rig->agent.asked("pause").last().contains("forMs"));
  m_rig->click("finish");
  QTRY_COMPARE(m_rig->agent.asked("finish").size(), 1);

  QVERIFY(!m_rig->find("run")->isEnabled());
  QJsonObject state = richState();
  QJsonObject agent = state.value("agent").toObject();
  agent.insert("state", "paused");
  agent.insert("paused", true);
  agent.insert("until", QDateTime::currentDateTimeUtc().addSecs(900).toString(Qt::ISODate));
  state.insert("agent", agent);
  m_rig->agent.setState(state);
  QTRY_VERIFY(m_rig->find("run")->isEnabled());
  QVERIFY(m_rig->find<QLabel>("headline")->text().startsWith("Paused by you until "));
  m_rig->click("run");
  QTRY_COMPARE(m_rig->agent.asked("run").size(), 1);
}

void WindowTest::aSliderSetsItsShareAndSaysTheChange() {
  group(0);
  for (const char* name : {"in-use.processors", "in-use.memory", "idle.processors", "idle.memory"}) {
    auto* slider = m_rig->find<QSlider>(name);
    QVERIFY2(slider != nullptr && slider->isEnabled(), name);
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Home);
    QTest::keyClick(slider, Qt::Key_Right);
    QTRY_COMPARE(lastSet(name), QString("5%"));
  }
  QTRY_COMPARE(m_rig->told(), QString("Memory while you are away: now 5 % (before: 75 %)."));
}

void WindowTest::aChangeCanBeUndone() {
  group(0);
  m_rig->desk.set("idle.after", "10m");
  QTRY_VERIFY(m_rig->find("undo") != nullptr);
  m_rig->click("undo");
  QTRY_COMPARE(lastSet("idle.after"), QString("3m"));
  QTRY_COMPARE(m_rig->desk.preferences().value("idle.after").value, QString("3m"));
}

void WindowTest::aRefusedChangeIsSaidAndTheControlGoesBack() {
  group(0);
  auto* box = m_rig->find<QComboBox>("idle.after");
  box->addItem("impossible", "impossible");
  box->setCurrentIndex(box->count() - 1);
  emit box->activated(box->count() - 1);
  QTRY_COMPARE(m_rig->told(), QString("idle.after: that cannot be. Choose another value."));
  QCOMPARE(box->currentData().toString(), QString("3m"));
}

void WindowTest::everyChoiceAndCheckSetsItsPreference() {
  const QList<std::tuple<int, QString, QString>> choices = {{0, "idle.after", "1m"},  {0, "disk.most", "0"},
                                                            {0, "disk.free", "1GiB"}, {1, "battery", "80%"},
                                                            {1, "load.pause", "25%"}, {2, "buffer", "6h"}};
  for (const auto& [page, name, value] : choices) {
    group(page);
    auto* box = m_rig->find<QComboBox>(name);
    QVERIFY2(box != nullptr, qPrintable(name));
    const int row = box->findData(value);
    box->setCurrentIndex(row);
    emit box->activated(row);
    QTRY_COMPARE(lastSet(name), value);
  }
  group(1);
  auto* full = m_rig->find<QCheckBox>("full-screen");
  QVERIFY(full->isChecked());  // tasks wait: the preference is "no"
  QTest::mouseClick(full, Qt::LeftButton, {}, QPoint(8, full->height() / 2));
  QTRY_COMPARE(lastSet("full-screen"), QString("yes"));
  group(2);
  auto* metered = m_rig->find<QCheckBox>("network.metered");
  QTest::mouseClick(metered, Qt::LeftButton, {}, QPoint(8, metered->height() / 2));
  QTRY_COMPARE(lastSet("network.metered"), QString("yes"));
  group(0);
  m_rig->click("reset");
  QTRY_COMPARE(m_rig->agent.asked("reset").size(), 1);
}

void WindowTest::aStrokeOverTheWeekIsOneChange() {
  group(1);
  auto* grid = m_rig->find<WeekGrid>("times");
  QCOMPARE(grid->cell(1, 8), WeekGrid::Cell::kPartly);  // open until half past eight
  QTest::mousePress(grid, Qt::LeftButton, {}, grid->middleOf(1, 10));
  QTest::mouseMove(grid, grid->middleOf(1, 11));
  QTest::mouseMove(grid, grid->middleOf(1, 12));
  QTest::mouseRelease(grid, Qt::LeftButton, {}, grid->middleOf(1, 12));
  QTRY_COMPARE(m_rig->agent.asked("set").size(), 1);
  QVERIFY2(lastSet("times").startsWith("mon 18:00-24:00, tue 00:00-08:30, tue 10:00-13:00, tue 18:00-24:00"),
           qPrintable(lastSet("times")));
  m_rig->click("times.always");
  QTRY_COMPARE(lastSet("times"), QString());
}

void WindowTest::aWeekIsPaintedByKeysToo() {
  group(2);
  auto* grid = m_rig->find<WeekGrid>("network.times");
  grid->setFocus();
  QTest::keyClick(grid, Qt::Key_Down);
  QTest::keyClick(grid, Qt::Key_Right);
  QTest::keyClick(grid, Qt::Key_Space);
  QTRY_VERIFY(lastSet("network.times").contains("tue 00:00-01:00, tue 02:00-24:00"));
  QVERIFY(grid->accessibleDescription().endsWith(": no"));
}

void WindowTest::theLastHourCannotBeTakenAway() {
  m_rig->desk.set("times", "wed 10:00-11:00");
  QTRY_COMPARE(m_rig->desk.preferences().value("times").value, QString("wed 10:00-11:00"));
  group(1);
  m_rig->agent.forget();
  auto* grid = m_rig->find<WeekGrid>("times");
  QTest::mouseClick(grid, Qt::LeftButton, {}, grid->middleOf(2, 10));
  QTRY_VERIFY(m_rig->told().contains("Pause"));
  QVERIFY(m_rig->agent.asked("set").isEmpty());
  QCOMPARE(grid->cell(2, 10), WeekGrid::Cell::kOpen);
}

void WindowTest::heatKeepsAGapBetweenStopAndGo() {
  group(1);
  auto* hot = m_rig->find<QSpinBox>("heat.pause");
  hot->setValue(70);
  QTRY_COMPARE(lastSet("heat.pause"), QString("70 C"));
  QCOMPARE(m_rig->agent.asked("set").first().value("name").toString(), QString("heat.resume"));
  QCOMPARE(m_rig->agent.asked("set").first().value("value").toString(), QString("60 C"));
  hot->setValue(hot->minimum());
  QTRY_COMPARE(lastSet("heat.pause"), QString("0 C"));
  QCOMPARE(hot->text(), QString("never"));
}

void WindowTest::programsAreAddedAndRemoved() {
  group(1);
  m_rig->find<QLineEdit>("program")->setText("blender");
  QTest::keyClick(m_rig->find<QLineEdit>("program"), Qt::Key_Return);
  QTRY_COMPARE(lastSet("programs"), QString("supertuxkart, obs, blender"));
  QTRY_COMPARE(m_rig->find<QListWidget>("programs")->count(), 3);
  m_rig->find<QListWidget>("programs")->setCurrentRow(0);
  m_rig->click("remove-program");
  QTRY_COMPARE(lastSet("programs"), QString("obs, blender"));
}

void WindowTest::aProjectIsSwitchedSharedAndLeft() {
  group(2);
  auto* active = m_rig->find<QCheckBox>("active-Ladder");
  QTest::mouseClick(active, Qt::LeftButton, {}, QPoint(8, active->height() / 2));
  QTRY_COMPARE(m_rig->agent.asked("pause").size(), 1);
  QCOMPARE(m_rig->agent.asked("pause").first().value("project").toString(), QString("Ladder"));
  m_rig->find<QSpinBox>("share-Ladder")->setValue(120);
  QTRY_COMPARE(lastSet("shares.Ladder"), QString("120"));
  m_rig->click("leave-Ladder");
  auto* question = m_rig->window.findChild<QMessageBox*>("leave");
  QVERIFY(question != nullptr);
  QVERIFY(m_rig->agent.asked("leave").isEmpty());
  QTest::mouseClick(question->buttons().first(), Qt::LeftButton);
  QTRY_COMPARE(m_rig->agent.asked("leave").size(), 1);
}

void WindowTest::notificationsAreOffUntilAskedFor() {
  group(2);
  auto* notify = m_rig->find<QCheckBox>("notify");
  QVERIFY(!notify->isChecked());
  QTest::mouseClick(notify, Qt::LeftButton, {}, QPoint(8, notify->height() / 2));
  QVERIFY(m_rig->own.notifies());
  auto* start = m_rig->find<QCheckBox>("start-with-session");
  QTest::mouseClick(start, Qt::LeftButton, {}, QPoint(8, start->height() / 2));
  QVERIFY(m_rig->own.startsWithSession());
}

namespace {

QJsonObject riverbed() {
  return {{"project", QJsonObject{{"name", "Riverbed"}, {"about", "Folds."}, {"server", "grid.example:8443"}}}};
}

}  // namespace

void WindowTest::anOfferIsJoinedByTwoClicks() {
  m_rig->agent.on("offers", [](const QJsonObject&) {
    return QJsonObject{{"offers", QJsonArray{QJsonObject{{"name", "Riverbed"}, {"link", "hearth://join?server=a"}}}}};
  });
  m_rig->agent.on("inspect", [](const QJsonObject&) { return riverbed(); });
  m_rig->agent.setState(unjoinedState());
  QTRY_VERIFY(m_rig->find("choose") != nullptr);
  m_rig->click("choose");
  QTRY_VERIFY(m_rig->find("join") != nullptr && m_rig->find("join")->isEnabled());
  QVERIFY(m_rig->agent.asked("join").isEmpty());
  m_rig->click("join");
  QTRY_COMPARE(m_rig->agent.asked("join").size(), 1);
  QCOMPARE(m_rig->agent.asked("join").first().value("link").toString(), QString("hearth://join?server=a"));
  QTRY_VERIFY(m_rig->told().startsWith("Welcome"));
}

void WindowTest::aLinkIsJoinedByOneClick() {
  m_rig->agent.on("inspect", [](const QJsonObject&) { return riverbed(); });
  m_rig->window.invite("hearth://join?server=a&token=b");
  QTRY_VERIFY(m_rig->find("join") != nullptr && m_rig->find("join")->isEnabled());
  QVERIFY(m_rig->find<QLabel>("project")->text().contains("Riverbed"));
  m_rig->click("join");
  QTRY_COMPARE(m_rig->agent.asked("join").size(), 1);
}

void WindowTest::aFileWithALinkIsAnInvitation() {
  QFile file(m_rig->config.filePath("riverbed.hearth"));
  QVERIFY(file.open(QFile::WriteOnly));
  file.write("Come and help us:\n  <hearth://join?server=a&token=b>\n");
  file.close();
  m_rig->agent.on("inspect", [](const QJsonObject&) { return riverbed(); });
  m_rig->window.invite(file.fileName());
  QTRY_COMPARE(m_rig->agent.asked("inspect").size(), 1);
  QCOMPARE(m_rig->agent.asked("inspect").first().value("link").toString(), QString("hearth://join?server=a&token=b"));
}

void WindowTest::anotherServersCertificateLeadsNoFurther() {
  m_rig->agent.on("inspect", [](const QJsonObject&) {
    return QJsonObject{{"error", FakeAgent::error("wrong-server", "the certificate is another's", "")}};
  });
  m_rig->window.invite("hearth://join?server=a");
  QTRY_VERIFY(m_rig->find("close-problem") != nullptr);
  QCOMPARE(m_rig->find<QLabel>("problem")->text(), QString("This is not the project's server"));
  QVERIFY(m_rig->find("join") == nullptr);
  m_rig->click("close-problem");
  QVERIFY(m_rig->agent.asked("join").isEmpty());
}

void WindowTest::usedUpAndDamagedLinksAreSaidPlainly() {
  QString code = "expired";
  m_rig->agent.on("inspect", [&code](const QJsonObject&) {
    return QJsonObject{{"error", FakeAgent::error(code, "why")}};
  });
  const QList<QPair<QString, QString>> said = {{"expired", "This invitation is used up"},
                                               {"invalid", "This invitation is damaged"},
                                               {"unavailable", "The project does not answer"}};
  for (const auto& [each, title] : said) {
    code = each;
    m_rig->window.invite("hearth://join?server=a");
    QTRY_VERIFY(m_rig->find<QLabel>("problem") != nullptr && m_rig->find<QLabel>("problem")->text() == title);
  }
  m_rig->window.invite("https://example.org/");
  QCOMPARE(m_rig->find<QLabel>("problem")->text(), QString("This is no invitation"));
}

void WindowTest::noTextFieldStandsOnTheWayIn() {
  m_rig->agent.setState(unjoinedState());
  QTRY_VERIFY(m_rig->find("file") != nullptr);
  for (const auto* field : m_rig->window.findChild<FirstRunView*>()->findChildren<QWidget*>()) {
    QVERIFY(!field->inherits("QLineEdit") && !field->inherits("QTextEdit") && !field->inherits("QPlainTextEdit"));
  }
}

void WindowTest::anOldAgentIsShownAndSaysWhatItCannot() {
  m_rig = std::make_unique<WindowRig>();
  m_rig->agent.beOld();
  m_rig->start();
  QVERIFY(m_rig->reached());
  QVERIFY(m_rig->find<QLabel>("headline")->text().startsWith("Running 2 tasks"));
  m_rig->window.showView(MainWindow::View::kComputer);
  QVERIFY(!m_rig->find("show-messages")->isEnabled());
  m_rig->window.invite("hearth://join?server=a");
  QCOMPARE(m_rig->find<QLabel>("problem")->text(), QString("The agent is too old to join from here"));
  // What it knows works as ever, and what changed is said.
  m_rig->desk.set("idle.after", "10m");
  QTRY_COMPARE(m_rig->told(), QString("You count as away after: now 10 min (before: 3 min)."));
}

void WindowTest::anAgentThatGoesIsSaidAndComesBack() {
  m_rig->agent.stop();
  QTRY_COMPARE(m_rig->find<QLabel>("headline")->text(), QString("The agent is not running"));
  QVERIFY(!m_rig->find("pause")->isEnabled());
  QJsonObject state = richState();
  QJsonObject agent = state.value("agent").toObject();
  agent.insert("version", "0.2.0");
  agent.insert("process", 99);
  state.insert("agent", agent);
  m_rig->agent.setState(state);
  m_rig->agent.listen();
  QTRY_VERIFY(m_rig->find<QLabel>("headline")->text().startsWith("Running"));
  QCOMPARE(m_rig->told(), QString("The agent was updated from 0.1.0 to 0.2.0."));
}

void WindowTest::theKeyboardReachesEveryView() {
  auto* views = m_rig->find<QTabWidget>("views");
  m_rig->window.activateWindow();
  views->setFocus();
  QSet<int> seen;
  for (int i = 0; i < views->count(); ++i) {
    seen.insert(views->currentIndex());
    QTest::keyClick(&m_rig->window, Qt::Key_Tab, Qt::ControlModifier);
    QTest::keyClick(views, Qt::Key_Tab, Qt::ControlModifier);
  }
  QCOMPARE(seen.size(), views->count());
}

}  // namespace hearth::gui::test

QTEST_MAIN(hearth::gui::test::WindowTest)
#include "window_test.moc"
