// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "gui/fake_agent.h"
#include "link/agent_link.h"
#include "tray/agent_desk.h"
#include "tray/presence_teller.h"

namespace hearth::gui::test {

namespace {

/// A source that says what a test wants.
class Hand : public InputSource {
 public:
  Hand() : InputSource(Precision::kAtOnce) {}
  QString name() const override { return QStringLiteral("hand"); }
  void probe() override {}
  void watch(std::chrono::milliseconds) override {}
  void rest() override {}
  void beUsable() { setUsable(true); }
};

class Flag : public FlagSource {
 public:
  void watch() override {}
  void become(bool set) { put(set); }
};

}  // namespace

class TellerTest : public QObject {
  Q_OBJECT

 private slots:
  void whatIsToldIsWholeEachTime();
  void whereNobodyWatchesNothingIsTold();
};

/// A tray's half that tells, with feelers in the test's hands.
struct Teller {
  Hand* hand = new Hand;
  Flag* screen = new Flag;
  FakeAgent agent;
  AgentLink link{{agent.path()}};
  AgentDesk desk{link};
  Presence presence{feelers()};
  PresenceTeller teller{desk, presence};

  Feelers feelers() {
    Feelers made;
    made.input.emplace_back(hand);
    made.fullScreen.reset(screen);
    return made;
  }
  void begin() {
    agent.listen();
    presence.start();
    link.start();
  }
  QJsonObject last() const {
    const auto all = agent.asked("presence");
    return all.isEmpty() ? QJsonObject() : all.back();
  }
};

// The agent takes each message for all that is known, and refuses one that does not say whether somebody is here.
void TellerTest::whatIsToldIsWholeEachTime() {
  Teller tray;
  tray.begin();
  tray.hand->beUsable();
  QTRY_COMPARE(tray.last().value("idle"), QJsonValue(false));
  emit tray.hand->idle(std::chrono::minutes(10));
  QTRY_COMPARE(tray.last().value("idle"), QJsonValue(true));
  QVERIFY(tray.last().value("idleMs").toInteger() >= 600'000);
  tray.screen->become(true);
  QTRY_COMPARE(tray.last().value("fullScreen"), QJsonValue(true));
  QCOMPARE(tray.last().value("idle"), QJsonValue(true));
  emit tray.hand->active();
  QTRY_COMPARE(tray.last().value("idle"), QJsonValue(false));
  QCOMPARE(tray.last().value("fullScreen"), QJsonValue(true));
}

void TellerTest::whereNobodyWatchesNothingIsTold() {
  Teller tray;
  tray.begin();
  QTRY_COMPARE(tray.link.contact(), Contact::kReached);
  tray.screen->become(true);
  tray.desk.run();
  QTRY_COMPARE(tray.agent.asked("run").size(), 1);  // later than anything that was told before
  QVERIFY(tray.agent.asked("presence").isEmpty());
}

}  // namespace hearth::gui::test

QTEST_GUILESS_MAIN(hearth::gui::test::TellerTest)
#include "teller_test.moc"
