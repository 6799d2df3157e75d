// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileSystemWatcher>
#include <QJsonObject>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>
#include <QStringList>
#include <QTimer>
#include <functional>
#include <map>

#include "link/answer.h"

namespace hearth::gui {

/// The versions of the control protocol that we speak (docs/agent-control.md).
inline constexpr int kLowestProtocol = 1;
inline constexpr int kHighestProtocol = 2;
inline constexpr qint64 kLongestLine = qint64{4} << 20;
inline constexpr int kMostRequests = 64;  ///< that wait for an answer at once

/// How we stand with the agent.
enum class Contact {
  kSearching,  ///< just started, or just lost
  kReached,    ///< its state is known and kept up to date
  kAbsent,     ///< no agent listens
  kRefused,    ///< one listens and will not talk with this user
  kTooOld,     ///< one listens that speaks only protocols older than ours
  kTooNew,     ///< one listens that speaks only protocols newer than ours
  kStrange,    ///< what listens there does not speak the protocol
};

/// The one conversation with the agent. Tries each place in turn, says hello, subscribes, keeps the state, and comes
/// back by itself when the agent was away. Never blocks; lives on the thread of its event loop. Asks for nothing by
/// itself while connected: when the agent is quiet, so are we.
class AgentLink : public QObject {
  Q_OBJECT

 public:
  using Reply = std::function<void(const Answer&)>;

  explicit AgentLink(QStringList sockets, QObject* parent = nullptr);
  ~AgentLink() override;

  void start();
  Contact contact() const { return m_contact; }
  /// What the agent said when it would not talk with us.
  const Answer& refusal() const { return m_refusal; }
  const QJsonObject& state() const { return m_state; }
  /// That was agreed on; 1 for an agent that knows no hello.
  int protocol() const { return m_protocol; }
  bool speaks(int protocol) const { return m_contact == Contact::kReached && m_protocol >= protocol; }

  /// `reply` is called once, never from inside this call, unless `context` is gone by then.
  void request(const QString& verb, const QJsonObject& arguments, QObject* context, Reply reply);

 signals:
  void contactChanged();
  void stateChanged();
  /// It was away and another process answers now: the versions before and after (equal: it was only restarted).
  void agentReplaced(const QString& before, const QString& after);

 private:
  struct Waiting {
    QPointer<QObject> context;
    Reply reply;
  };
  void tryNext();
  void tryLater();
  void look();
  void onConnected();
  void onEnded();
  void onReadable();
  void onLine(const QByteArray& line);
  void onEvent(const QJsonObject& message);
  void onHello(const Answer& answer);
  void subscribe();
  void refuse(Contact why, const Answer& said);
  void settle(qint64 id, const Answer& answer);
  void settleAll();
  void become(Contact contact);
  void rememberAgent();

  const QStringList m_sockets;
  qsizetype m_next = 0;  ///< of m_sockets, to be tried
  int m_rounds = 0;      ///< of trying all of them in vain
  QLocalSocket m_socket;
  QFileSystemWatcher m_folders;
  QTimer m_retry;
  QByteArray m_unread;
  qint64 m_lastId = 0;
  std::map<qint64, Waiting> m_waiting;
  Contact m_contact = Contact::kSearching, m_worst = Contact::kAbsent;
  Answer m_refusal;
  QJsonObject m_state;
  int m_protocol = kLowestProtocol;
  QString m_version;
  qint64 m_process = 0;
};

}  // namespace hearth::gui
