// SPDX-License-Identifier: GPL-3.0-or-later
// The window against a real agent, whose socket HEARTH_AGENT_SOCKET names (tests/gui/real_test.py starts it).
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QtTest>

#include "i18n/translations.h"
#include "link/socket_paths.h"
#include "tray/agent_desk.h"
#include "tray/main_window.h"
#include "tray/own_settings.h"
#include "widgets/theme.h"
#include "widgets/week_grid.h"

namespace hearth::gui::test {

class RealAgentTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase();
  void itsTasksAreShown();
  void everyPreferenceHasAControlThatItKnows();
  void aChangeIsTakenAndSaidAndUndone();
  void hoursThatArePaintedAreTaken();
  void aPauseIsSaidWithItsEndAndEndsByRun();
  void itsMessagesAreShown();
  void itsDaysAreShown();
  void aLinkOfAnotherCertificateIsAWarning();

 private:
  template <typename Widget>
  Widget* find(const QString& name) const {
    for (Widget* each : m_window.findChildren<Widget*>(name)) {
      if (each->isVisible()) return each;
    }
    return nullptr;
  }
  void group(int number);
  void picture(const QString& name);
  QString told() const { return m_window.findChild<QLabel*>("told")->text(); }

  QTemporaryDir m_config;
  AgentLink m_link{controlSockets({}, QProcessEnvironment::systemEnvironment())};
  AgentDesk m_desk{m_link};
  OwnSettings m_own{m_config.path()};
  MainWindow m_window{m_desk, m_own};
};

void RealAgentTest::initTestCase() {
  QApplication::setPalette(lightPalette());
  speak(QLocale(QLocale::English), qApp);
  m_window.show();
  m_link.start();
  QTRY_COMPARE_WITH_TIMEOUT(m_link.contact(), Contact::kReached, 20'000);
  QTRY_VERIFY_WITH_TIMEOUT(!m_desk.preferences().isEmpty(), 20'000);
  QCOMPARE(m_link.protocol(), 2);
}

void RealAgentTest::group(int number) {
  m_window.showView(MainWindow::View::kSettings);
  find<QTabWidget>("groups")->setCurrentIndex(number);
}

void RealAgentTest::picture(const QString& name) {
  const QString folder = qEnvironmentVariable("HEARTH_SHOTS", QDir::tempPath() + "/hearth-gui-shots");
  QVERIFY(QDir().mkpath(folder));
  QTest::qWait(60);  // layouts
  QVERIFY(m_window.grab().save(folder + "/real-" + name + ".png"));
}

void RealAgentTest::itsTasksAreShown() {
  QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("headline")->text().startsWith("Running"), 60'000);
  QTRY_VERIFY_WITH_TIMEOUT(!m_desk.state().tasks.isEmpty(), 60'000);
  picture("now");
}

void RealAgentTest::everyPreferenceHasAControlThatItKnows() {
  for (int page = 0; page < 3; ++page) {
    group(page);
    for (const char* name : {"idle.after", "idle.processors", "idle.memory", "in-use.processors", "in-use.memory",
                             "disk.most", "disk.free", "battery", "load.pause", "full-screen", "heat.pause",
                             "heat.resume", "times", "network.times", "network.metered", "buffer", "programs"}) {
      QVERIFY2(m_desk.preferences().contains(name), name);
      for (const QWidget* each : m_window.findChildren<QWidget*>(name))
        QVERIFY2(!each->isVisible() || each->isEnabled(), name);
    }
    picture(QString("settings-%1").arg(page + 1));
  }
}

void RealAgentTest::aChangeIsTakenAndSaidAndUndone() {
  group(0);
  auto* slider = find<QSlider>("idle.memory");
  const QString before = m_desk.preferences().value("idle.memory").value;
  slider->setFocus();
  QTest::keyClick(slider, Qt::Key_Left);
  QTRY_VERIFY(m_desk.preferences().value("idle.memory").value != before);
  QVERIFY(told().startsWith("Memory while you are away: now "));
  QTest::mouseClick(find<QPushButton>("undo"), Qt::LeftButton);
  QTRY_COMPARE(m_desk.preferences().value("idle.memory").value, before);
  group(1);
  for (const int degrees : {70, 95, 60}) {
    find<QSpinBox>("heat.pause")->setValue(degrees);
    QTRY_COMPARE(m_desk.preferences().value("heat.pause").value, QString("%1 C").arg(degrees));
  }
  group(0);
  QTest::mouseClick(find<QPushButton>("reset"), Qt::LeftButton);
  QTRY_COMPARE(m_desk.preferences().value("heat.pause").value, m_desk.preferences().value("heat.pause").usual);
}

void RealAgentTest::hoursThatArePaintedAreTaken() {
  group(2);
  auto* grid = find<WeekGrid>("network.times");
  QTest::mouseClick(grid, Qt::LeftButton, {}, grid->middleOf(2, 13));
  QTRY_VERIFY(m_desk.preferences().value("network.times").value.contains("wed 00:00-13:00, wed 14:00-24:00"));
  QTest::mouseClick(find<QPushButton>("network.times.always"), Qt::LeftButton);
  QTRY_COMPARE(m_desk.preferences().value("network.times").value, QString());
}

void RealAgentTest::aPauseIsSaidWithItsEndAndEndsByRun() {
  m_window.showView(MainWindow::View::kNow);
  m_desk.pause(900'000);
  QTRY_VERIFY(find<QLabel>("headline")->text().startsWith("Paused by you until "));
  picture("paused");
  QTest::mouseClick(find<QPushButton>("run"), Qt::LeftButton);
  QTRY_VERIFY(!m_desk.state().activity.paused);
}

void RealAgentTest::itsMessagesAreShown() {
  m_window.showView(MainWindow::View::kComputer);
  picture("computer");
  QTest::mouseClick(find<QPushButton>("show-messages"), Qt::LeftButton);
  QTRY_VERIFY_WITH_TIMEOUT(find<QListWidget>("messages") != nullptr && find<QListWidget>("messages")->count() > 0,
                           20'000);
  picture("messages");
}

void RealAgentTest::itsDaysAreShown() {
  m_window.showView(MainWindow::View::kContribution);
  QTRY_VERIFY_WITH_TIMEOUT(!find<QLabel>("energy")->text().isEmpty(), 20'000);
  picture("contribution");
}

void RealAgentTest::aLinkOfAnotherCertificateIsAWarning() {
  m_window.invite(qEnvironmentVariable("HEARTH_WRONG_LINK"));
  QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("problem") != nullptr, 20'000);
  QCOMPARE(find<QLabel>("problem")->text(), QString("This is not the project's server"));
  m_window.invite("hearth://join?server=cut");
  QTRY_COMPARE_WITH_TIMEOUT(find<QLabel>("problem") != nullptr ? find<QLabel>("problem")->text() : QString(),
                            QString("This invitation is damaged"), 20'000);
}

}  // namespace hearth::gui::test

QTEST_MAIN(hearth::gui::test::RealAgentTest)
#include "real_agent.moc"
