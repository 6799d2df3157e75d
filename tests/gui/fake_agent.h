// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QLocalServer>
#include <QMap>
#include <QObject>
#include <QSet>
#include <QTemporaryDir>
#include <functional>

namespace hearth::gui::test {

/// An agent that does what a test says, behind a real socket that speaks docs/agent-control.md. Keeps what it was
/// asked.
class FakeAgent : public QObject {
  Q_OBJECT

 public:
  /// Gives the reply's members for a request; "error" among them makes it one. None given: {"ok":true}.
  using Verb = std::function<QJsonObject(const QJsonObject& request)>;

  explicit FakeAgent(QObject* parent = nullptr);
  ~FakeAgent() override { stop(); }

  QString path() const { return m_folder.filePath("control.sock"); }
  void listen();
  /// As an agent that ended: its socket's file stays.
  void stop();
  /// Subscribers are sent the difference.
  void setState(const QJsonObject& state);
  const QJsonObject& state() const { return m_state; }
  void on(const QString& verb, Verb answer) { m_verbs[verb] = std::move(answer); }
  /// As an agent from before hello.
  void beOld();
  /// Sends this line to whoever connects, and hangs up.
  void turnAwayWith(const QByteArray& line) { m_turnedAway = line; }
  /// Sends the line as it is to every client.
  void say(const QByteArray& line);

  QList<QJsonObject> asked(const QString& verb) const;
  void forget() { m_asked.clear(); }

  static QJsonObject error(const QString& code, const QString& message, const QString& hint = {});

 private:
  void welcome();
  void onLine(QLocalSocket* client, const QByteArray& line);
  QJsonObject setPreference(const QJsonObject& request);

  QTemporaryDir m_folder;
  QLocalServer m_server;
  QSet<QLocalSocket*> m_clients, m_subscribers;
  QJsonObject m_state, m_preferences;
  QMap<QString, Verb> m_verbs;
  QByteArray m_turnedAway;
  QList<QJsonObject> m_asked;
};

/// A state with two projects, three tasks and everything that an agent may say.
QJsonObject richState();
/// The state of an agent that has joined nothing.
QJsonObject unjoinedState();
/// The preferences as an agent tells them.
QJsonObject usualPreferences();
/// `days` days of work up to today.
QJsonObject someHistory(int days);

}  // namespace hearth::gui::test
