// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every view, in light, dark, the pseudo-language and from right to left, with what must hold in each.
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QJsonArray>
#include <QLabel>
#include <QTranslator>

#include "gui/window_rig.h"
#include "i18n/translations.h"
#include "widgets/theme.h"

namespace hearth::gui::test {

/// Every text of ours as ⟦text⟧ with letters that need room, so that what is not translatable, or does not fit, is
/// seen.
class PseudoTranslator : public QTranslator {
 public:
  bool isEmpty() const override { return false; }
  QString translate(const char*, const char* source, const char*, int) const override {
    QString text;
    for (const QChar& each : QString::fromUtf8(source)) {
      const qsizetype vowel = QString("aeiouAEIOU").indexOf(each);
      text += vowel < 0 ? each : QString("áéíóúÁÉÍÓÚ")[vowel];
    }
    return "⟦" + text + QString(text.size() / 4, '~') + "⟧";
  }
};

class ViewsTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { speak(QLocale(QLocale::English), qApp); }
  void cleanup();
  void everyViewIsPictured_data();
  void everyViewIsPictured();
  void everyTextOfOursCanBeTranslated();
  void everyControlHasAName();

 private:
  void picture(const QWidget& window, const QString& name);

  PseudoTranslator m_pseudo;
};

void ViewsTest::cleanup() {
  QApplication::removeTranslator(&m_pseudo);
  QApplication::setLayoutDirection(Qt::LeftToRight);
  QApplication::setPalette(lightPalette());
}

void ViewsTest::picture(const QWidget& window, const QString& name) {
  const QString folder = qEnvironmentVariable("HEARTH_SHOTS", QDir::tempPath() + "/hearth-gui-shots");
  QVERIFY(QDir().mkpath(folder));
  const QPixmap shot = const_cast<QWidget&>(window).grab();
  QVERIFY(!shot.isNull());
  QVERIFY(shot.save(folder + "/" + name + ".png"));
}

void ViewsTest::everyViewIsPictured_data() {
  QTest::addColumn<QString>("kind");
  for (const char* kind : {"light", "dark", "pseudo", "right-to-left"}) QTest::newRow(kind) << kind;
}

void ViewsTest::everyViewIsPictured() {
  QFETCH(QString, kind);
  QApplication::setPalette(kind == "dark" ? darkPalette() : lightPalette());
  if (kind == "pseudo") QApplication::installTranslator(&m_pseudo);
  if (kind == "right-to-left") QApplication::setLayoutDirection(Qt::RightToLeft);
  WindowRig rig;
  rig.start();
  QVERIFY(rig.reached());
  auto& window = rig.window;
  const auto shoot = [&](const QString& view) {
    QTest::qWait(60);  // layouts and the chart's first frame
    picture(window, view + "-" + kind);
  };
  shoot("now");
  window.showView(MainWindow::View::kComputer);
  shoot("computer");
  rig.agent.on("messages", [](const QJsonObject&) {
    const QJsonObject one{
        {"at", "2026-11-26T08:00:00Z"},
        {"project", "Riverbed"},
        {"direction", "sent"},
        {"path", "/agent/sync"},
        {"text", R"({"host":12,"free":{"processors":12,"memoryBytes":12000000000},"held":[41,42],"results":[]})"}};
    QJsonObject two = one;
    two.insert("direction", "received");
    return QJsonObject{{"messages", QJsonArray{one, two, one, two}}};
  });
  rig.click("show-messages");
  QTRY_VERIFY(rig.find<QWidget>("messages") != nullptr);
  shoot("messages");
  rig.click("back");
  window.showView(MainWindow::View::kContribution);
  QTRY_COMPARE(rig.agent.asked("history").size(), 1);
  shoot("contribution");
  window.showView(MainWindow::View::kSettings);
  auto* groups = rig.find<QTabWidget>("groups");
  for (int group = 0; group < groups->count(); ++group) {
    groups->setCurrentIndex(group);
    if (group == 1) rig.desk.set("idle.after", "10m");
    shoot(QString("settings-%1").arg(group + 1));
  }
  rig.agent.on("offers", [](const QJsonObject&) {
    return QJsonObject{{"offers", QJsonArray{QJsonObject{{"name", "Riverbed"},
                                                         {"about", "How proteins of river mussels fold."},
                                                         {"link", "hearth://join?server=a"}},
                                             QJsonObject{{"name", "Ladder"},
                                                         {"about", "Chains of amicable numbers."},
                                                         {"link", "hearth://join?server=b"}}}}};
  });
  rig.agent.on("inspect", [](const QJsonObject& request) {
    if (request.value("link").toString().endsWith('b'))
      return QJsonObject{{"error", FakeAgent::error("wrong-server", "the certificate is another's")}};
    return QJsonObject{{"project", QJsonObject{{"name", "Riverbed"},
                                               {"about", "How proteins of river mussels fold."},
                                               {"home", "https://riverbed.example"},
                                               {"server", "grid.example:8443"},
                                               {"fingerprint", "ab12"}}}};
  });
  window.showView(MainWindow::View::kNow);
  rig.agent.setState(unjoinedState());
  QTRY_VERIFY(rig.find("choose") != nullptr);
  shoot("first-run");
  rig.click("choose");
  QTRY_VERIFY(rig.find("join") != nullptr && rig.find("join")->isEnabled());
  shoot("consent");
  window.invite("hearth://join?server=b");
  QTRY_VERIFY(rig.find("close-problem") != nullptr);
  shoot("wrong-server");
  rig.click("close-problem");
  rig.agent.setState(richState());
  QTRY_VERIFY(!rig.desk.state().projects.isEmpty());
  window.showView(MainWindow::View::kNow);
  rig.agent.stop();
  QTRY_VERIFY(rig.link.contact() == Contact::kAbsent);
  shoot("absent");
}

void ViewsTest::everyTextOfOursCanBeTranslated() {
  QApplication::installTranslator(&m_pseudo);
  WindowRig rig;
  rig.start();
  QVERIFY(rig.reached());
  for (int view = 0; view < 4; ++view) {
    rig.window.showView(static_cast<MainWindow::View>(view));
    QTest::qWait(30);
  }
  for (const auto* button : rig.window.findChildren<QAbstractButton*>()) {
    const QString text = button->text();
    const bool ofOthers = button->objectName().startsWith("active-") || text == "✕" || text.isEmpty();
    QVERIFY2(ofOthers || text.contains("⟦"), qPrintable("not translatable: " + text));
  }
}

void ViewsTest::everyControlHasAName() {
  WindowRig rig;
  rig.start();
  QVERIFY(rig.reached());
  for (int view = 0; view < 4; ++view) {
    rig.window.showView(static_cast<MainWindow::View>(view));
    QTest::qWait(30);
  }
  for (QWidget* each : rig.window.findChildren<QWidget*>()) {
    // Parts of Qt's own composite widgets are named by what they are part of.
    const bool inner = each->objectName().startsWith("qt_") || qobject_cast<QAbstractSpinBox*>(each->parentWidget()) ||
                       qobject_cast<QComboBox*>(each->parentWidget()) || each->inherits("QTabBar") ||
                       each->inherits("QScrollBar") || each->parentWidget()->inherits("QAbstractScrollArea");
    if (each->focusPolicy() == Qt::NoFocus || inner || each->inherits("QLabel") || each->window() != &rig.window)
      continue;
    QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(each);
    QVERIFY(spoken != nullptr);
    const QString who =
        QString("%1 %2 in %3")
            .arg(each->metaObject()->className(), each->objectName(), each->parentWidget()->metaObject()->className());
    QVERIFY2(!spoken->text(QAccessible::Name).isEmpty(), qPrintable(who));
  }
}

}  // namespace hearth::gui::test

QTEST_MAIN(hearth::gui::test::ViewsTest)
#include "views_test.moc"
