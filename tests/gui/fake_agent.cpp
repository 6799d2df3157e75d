// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/fake_agent.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocalSocket>

namespace hearth::gui::test {
namespace {

QByteArray lineOf(const QJsonObject& object) { return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n'; }

QJsonObject difference(const QJsonObject& before, const QJsonObject& after) {
  QJsonObject patch;
  for (auto old = before.begin(); old != before.end(); ++old) {
    if (!after.contains(old.key())) patch.insert(old.key(), QJsonValue::Null);
  }
  for (auto now = after.begin(); now != after.end(); ++now) {
    const QJsonValue old = before.value(now.key());
    if (old == *now) continue;
    const bool both = old.isObject() && now->isObject();
    patch.insert(now.key(), both ? QJsonValue(difference(old.toObject(), now->toObject())) : QJsonValue(*now));
  }
  return patch;
}

}  // namespace

FakeAgent::FakeAgent(QObject* parent) : QObject(parent), m_state(richState()), m_preferences(usualPreferences()) {
  connect(&m_server, &QLocalServer::newConnection, this, &FakeAgent::welcome);
  on("hello", [](const QJsonObject&) { return QJsonObject{{"protocol", 2}, {"version", "0.1.0"}}; });
  on("preferences", [this](const QJsonObject&) { return QJsonObject{{"preferences", m_preferences}}; });
  on("set", [this](const QJsonObject& request) { return setPreference(request); });
  on("history", [](const QJsonObject& request) { return someHistory(request.value("days").toInt()); });
}

void FakeAgent::listen() {
  QFile::remove(path());
  m_server.listen(path());
}

void FakeAgent::stop() {
  m_server.close();
  for (QLocalSocket* client : QSet(m_clients)) client->abort();
}

void FakeAgent::beOld() {
  for (const char* verb : {"hello", "offers", "inspect", "join", "leave", "messages", "history", "reset", "presence"}) {
    on(verb, [verb](const QJsonObject&) {
      return QJsonObject{{"error", error("invalid", QString("verb: there is no verb '%1'.").arg(verb))}};
    });
  }
  on("set", [this](const QJsonObject& request) {
    setPreference(request);
    return QJsonObject();
  });
}

QJsonObject FakeAgent::error(const QString& code, const QString& message, const QString& hint) {
  return {{"code", code}, {"message", message}, {"hint", hint}};
}

void FakeAgent::setState(const QJsonObject& state) {
  const QJsonObject patch = difference(m_state, state);
  m_state = state;
  for (QLocalSocket* client : m_subscribers) client->write(lineOf({{"event", "change"}, {"patch", patch}}));
}

void FakeAgent::say(const QByteArray& line) {
  for (QLocalSocket* client : m_clients) client->write(line + '\n');
}

QList<QJsonObject> FakeAgent::asked(const QString& verb) const {
  QList<QJsonObject> requests;
  for (const QJsonObject& each : m_asked) {
    if (each.value("verb").toString() == verb) requests.append(each);
  }
  return requests;
}

void FakeAgent::welcome() {
  QLocalSocket* client = m_server.nextPendingConnection();
  if (!m_turnedAway.isEmpty()) {
    client->write(m_turnedAway + '\n');
    client->disconnectFromServer();
    return;
  }
  m_clients.insert(client);
  connect(client, &QLocalSocket::readyRead, this, [this, client] {
    while (client->canReadLine()) onLine(client, client->readLine());
  });
  connect(client, &QLocalSocket::disconnected, this, [this, client] {
    m_clients.remove(client);
    m_subscribers.remove(client);
    client->deleteLater();
  });
}

void FakeAgent::onLine(QLocalSocket* client, const QByteArray& line) {
  const QJsonObject request = QJsonDocument::fromJson(line).object();
  m_asked.append(request);
  const QString verb = request.value("verb").toString();
  QJsonObject reply = m_verbs.contains(verb) ? m_verbs[verb](request) : QJsonObject();
  if (reply.contains("silent")) return;
  reply.insert("id", request.value("id"));
  reply.insert("ok", !reply.contains("error"));
  client->write(lineOf(reply));
  if (verb != "subscribe") return;
  m_subscribers.insert(client);
  client->write(lineOf({{"event", "state"}, {"state", m_state}}));
}

QJsonObject FakeAgent::setPreference(const QJsonObject& request) {
  const QString name = request.value("name").toString(), value = request.value("value").toString();
  QJsonObject preference = m_preferences.value(name).toObject();
  const QString from = preference.value("value").toString();
  if (value == "impossible") return {{"error", error("invalid", name + ": that cannot be.", "Choose another value.")}};
  preference.insert("value", value);
  m_preferences.insert(name, preference);
  return {{"changed", QJsonArray{QJsonObject{{"name", name}, {"from", from}, {"to", value}}}}};
}

}  // namespace hearth::gui::test
