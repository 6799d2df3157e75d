// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QtTest>

#include "gui/fake_agent.h"
#include "link/agent_link.h"

namespace hearth::gui::test {

class LinkTest : public QObject {
  Q_OBJECT

 private slots:
  void theStateFollowsTheAgent();
  void anAgentThatStartsLaterIsFound();
  void anAgentThatComesBackIsFoundAndSaidToBeAnother();
  void anAgentFromBeforeTheGreetingSpeaksTheFirstVersion();
  void anAgentWithNoCommonVersionIsNotSpokenTo();
  void whoIsRefusedIsToldWhy();
  void whatSpeaksNoProtocolIsLeftAlone();
  void theNextSocketIsTriedWhereTheFirstRefuses();
  void aRequestIsAnsweredOnceEvenWhenTheAgentGoes();
  void unknownEventsAndMembersAreIgnored();
};

/// A link that has reached the agent.
struct Pair {
  FakeAgent agent;
  AgentLink link{{agent.path()}};
  Pair() {
    agent.listen();
    link.start();
  }
  bool reached() {
    return QTest::qWaitFor([this] { return link.contact() == Contact::kReached; });
  }
};

void LinkTest::theStateFollowsTheAgent() {
  Pair pair;
  QVERIFY(pair.reached());
  QCOMPARE(pair.link.protocol(), 2);
  QCOMPARE(pair.link.state(), richState());
  QJsonObject changed = pair.agent.state();
  changed.remove("tasks");
  changed.insert("agent", QJsonObject{{"state", "paused"}});
  pair.agent.setState(changed);
  QTRY_COMPARE(pair.link.state(), changed);
}

void LinkTest::anAgentThatStartsLaterIsFound() {
  FakeAgent agent;
  AgentLink link({agent.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kAbsent);
  agent.listen();
  QTRY_COMPARE(link.contact(), Contact::kReached);
}

void LinkTest::anAgentThatComesBackIsFoundAndSaidToBeAnother() {
  Pair pair;
  QVERIFY(pair.reached());
  QSignalSpy replaced(&pair.link, &AgentLink::agentReplaced);
  pair.agent.stop();
  QTRY_VERIFY(pair.link.contact() != Contact::kReached);
  QVERIFY(pair.link.state().isEmpty());
  QJsonObject state = pair.agent.state();
  state.insert("agent", QJsonObject{{"state", "running"}, {"version", "0.2.0"}, {"process", 4712}});
  pair.agent.setState(state);
  pair.agent.listen();
  QVERIFY(pair.reached());
  QCOMPARE(replaced.size(), 1);
  QCOMPARE(replaced.first(), QVariantList({"0.1.0", "0.2.0"}));
}

void LinkTest::anAgentFromBeforeTheGreetingSpeaksTheFirstVersion() {
  FakeAgent agent;
  agent.beOld();
  agent.listen();
  AgentLink link({agent.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kReached);
  QCOMPARE(link.protocol(), 1);
  QVERIFY(!link.speaks(2));
}

void LinkTest::anAgentWithNoCommonVersionIsNotSpokenTo() {
  FakeAgent agent;
  agent.on("hello", [](const QJsonObject&) {
    return QJsonObject{
        {"error", FakeAgent::error("upgrade", "this agent speaks 5 to 7, the window 1 to 2", "Update hearth-tray.")}};
  });
  agent.listen();
  AgentLink link({agent.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kTooNew);
  QCOMPARE(link.refusal().hint, QString("Update hearth-tray."));
  QVERIFY(agent.asked("subscribe").isEmpty());
}

void LinkTest::whoIsRefusedIsToldWhy() {
  FakeAgent agent;
  agent.turnAwayWith(R"({"id":0,"ok":false,"error":{"code":"forbidden","message":"user 1001 may not","hint":"ask"}})");
  agent.listen();
  AgentLink link({agent.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kRefused);
  QCOMPARE(link.refusal().message, QString("user 1001 may not"));
}

void LinkTest::whatSpeaksNoProtocolIsLeftAlone() {
  FakeAgent agent;
  agent.turnAwayWith("HTTP/1.1 400 Bad Request");
  agent.listen();
  AgentLink link({agent.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kStrange);
}

void LinkTest::theNextSocketIsTriedWhereTheFirstRefuses() {
  FakeAgent service, own;
  service.turnAwayWith(R"({"id":0,"ok":false,"error":{"code":"forbidden","message":"no"}})");
  service.listen();
  own.listen();
  AgentLink link({service.path(), own.path()});
  link.start();
  QTRY_COMPARE(link.contact(), Contact::kReached);
  QCOMPARE(own.asked("subscribe").size(), 1);
}

void LinkTest::aRequestIsAnsweredOnceEvenWhenTheAgentGoes() {
  Pair pair;
  QVERIFY(pair.reached());
  pair.agent.on("join", [](const QJsonObject&) { return QJsonObject{{"silent", true}}; });
  QStringList codes;
  pair.link.request("join", {}, this, [&](const Answer& answer) { codes.append(answer.code); });
  QTRY_COMPARE(pair.agent.asked("join").size(), 1);
  pair.agent.stop();
  QTRY_COMPARE(codes, QStringList("unavailable"));
  pair.link.request("run", {}, this, [&](const Answer& answer) { codes.append(answer.code); });
  QCOMPARE(codes.size(), 1);  // never from inside the call
  QTRY_COMPARE(codes.size(), 2);
}

void LinkTest::unknownEventsAndMembersAreIgnored() {
  Pair pair;
  QVERIFY(pair.reached());
  pair.agent.say(R"({"event":"weather","sun":true})");
  pair.agent.say(R"({"event":"change","patch":{"moon":{"full":true}},"more":1})");
  QTRY_VERIFY(pair.link.state().contains("moon"));
  QCOMPARE(pair.link.contact(), Contact::kReached);
}

}  // namespace hearth::gui::test

QTEST_GUILESS_MAIN(hearth::gui::test::LinkTest)
#include "link_test.moc"
