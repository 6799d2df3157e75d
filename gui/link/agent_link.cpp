// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/agent_link.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <algorithm>
#include <array>
#include <utility>

#include "link/merge_patch.h"

namespace hearth::gui {
namespace {

constexpr int kPatienceMs = 60'000;  // joining asks a server
// Between rounds of looking; the folders are watched besides, so that a start is seen at once.
constexpr std::array kPausesMs = {250, 500, 1'000, 2'000, 5'000, 15'000, 60'000};

Answer unavailable() {
  Answer answer;
  answer.code = "unavailable";
  answer.message = AgentLink::tr("The agent does not answer.");
  answer.hint = AgentLink::tr("This window connects again by itself as soon as the agent runs.");
  return answer;
}

}  // namespace

AgentLink::AgentLink(QStringList sockets, QObject* parent) : QObject(parent), m_sockets(std::move(sockets)) {
  m_retry.setSingleShot(true);
  connect(&m_retry, &QTimer::timeout, this, &AgentLink::look);
  connect(&m_folders, &QFileSystemWatcher::directoryChanged, this, [this] {
    // Soon, since a socket's file is there a moment before anybody listens.
    if (m_socket.state() == QLocalSocket::UnconnectedState) m_retry.start(kPausesMs[0]);
  });
  connect(&m_socket, &QLocalSocket::connected, this, &AgentLink::onConnected);
  connect(&m_socket, &QLocalSocket::readyRead, this, &AgentLink::onReadable);
  connect(&m_socket, &QLocalSocket::disconnected, this, &AgentLink::onEnded);
  // Queued: a failure is told from inside connectToServer().
  connect(
      &m_socket, &QLocalSocket::errorOccurred, this,
      [this] {
        if (m_socket.state() == QLocalSocket::UnconnectedState) tryNext();
      },
      Qt::QueuedConnection);
}

AgentLink::~AgentLink() {
  m_socket.disconnect(this);  // its end would be told to what is half gone
}

void AgentLink::start() { look(); }

void AgentLink::look() {
  if (m_socket.state() != QLocalSocket::UnconnectedState) return;
  for (const QString& socket : m_sockets) {
    const QString folder = QFileInfo(socket).path();
    if (!m_folders.directories().contains(folder) && QFileInfo(folder).isDir()) m_folders.addPath(folder);
  }
  m_next = 0;
  m_worst = Contact::kAbsent;
  tryNext();
}

void AgentLink::tryNext() {
  if (m_next >= m_sockets.size()) {
    become(m_worst);
    return tryLater();
  }
  m_socket.connectToServer(m_sockets[m_next++]);
}

void AgentLink::tryLater() {
  const auto last = static_cast<int>(kPausesMs.size()) - 1;
  m_retry.start(kPausesMs[static_cast<std::size_t>(std::min(m_rounds, last))]);
  ++m_rounds;
}

void AgentLink::onConnected() {
  m_unread.clear();
  m_protocol = kLowestProtocol;
  const QJsonObject range{{"lowest", kLowestProtocol}, {"highest", kHighestProtocol}};
  // Posted under the hood of request(), which is for those who have reached the agent.
  const qint64 id = ++m_lastId;
  m_waiting[id] = {this, [this](const Answer& answer) { onHello(answer); }};
  m_socket.write(
      QJsonDocument(QJsonObject{{"id", id}, {"verb", "hello"}, {"protocol", range}}).toJson(QJsonDocument::Compact) +
      '\n');
}

void AgentLink::onHello(const Answer& answer) {
  if (answer.ok) {
    m_protocol = answer.body.value("protocol").toInt(kLowestProtocol);
    return subscribe();
  }
  // An agent from before the greeting knows no such verb, and speaks the first version.
  if (answer.code == "invalid") return subscribe();
  if (answer.code == "upgrade") {
    const bool older = answer.body.value("error").toObject().value("highest").toInt(kLowestProtocol) < kLowestProtocol;
    return refuse(older ? Contact::kTooOld : Contact::kTooNew, answer);
  }
  if (answer.code != "unavailable") refuse(Contact::kStrange, answer);
}

void AgentLink::subscribe() {
  const qint64 id = ++m_lastId;
  m_waiting[id] = {this, [this](const Answer& answer) {
                     if (!answer.ok && answer.code != "unavailable") refuse(Contact::kStrange, answer);
                   }};
  m_socket.write(QJsonDocument(QJsonObject{{"id", id}, {"verb", "subscribe"}}).toJson(QJsonDocument::Compact) + '\n');
}

void AgentLink::refuse(Contact why, const Answer& said) {
  m_refusal = said;
  m_worst = why;
  m_socket.abort();
}

void AgentLink::onEnded() {
  const bool knew = m_contact == Contact::kReached;
  m_unread.clear();
  settleAll();
  if (knew) {
    m_rounds = 0;
    m_state = {};
    become(Contact::kSearching);
    emit stateChanged();
    m_retry.start(kPausesMs[0]);
    return;
  }
  // Whoever listens here would not have us: perhaps another one does.
  QMetaObject::invokeMethod(
      this,
      [this] {
        if (m_socket.state() == QLocalSocket::UnconnectedState) tryNext();
      },
      Qt::QueuedConnection);
}

void AgentLink::onReadable() {
  m_unread += m_socket.readAll();
  qsizetype from = 0;
  for (qsizetype end = m_unread.indexOf('\n'); end >= 0; end = m_unread.indexOf('\n', from)) {
    const QByteArray line = m_unread.mid(from, end - from);
    from = end + 1;
    onLine(line);
    if (m_socket.state() != QLocalSocket::ConnectedState) return;
  }
  m_unread.remove(0, from);
  if (m_unread.size() > kLongestLine) refuse(Contact::kStrange, {});
}

void AgentLink::onLine(const QByteArray& line) {
  const QJsonDocument document = QJsonDocument::fromJson(line);
  if (!document.isObject()) return refuse(Contact::kStrange, {});
  const QJsonObject message = document.object();
  if (message.contains("event")) return onEvent(message);
  const auto id = message.value("id").toInteger();
  const Answer answer = Answer::of(message);
  // Said before anything was asked: the agent looked at who we are.
  if (id == 0 && !answer.ok) return refuse(answer.code == "forbidden" ? Contact::kRefused : Contact::kStrange, answer);
  settle(id, answer);
}

void AgentLink::onEvent(const QJsonObject& message) {
  const QString event = message.value("event").toString();
  if (event == "state") {
    m_state = message.value("state").toObject();
    m_rounds = 0;
    rememberAgent();
    become(Contact::kReached);
  } else if (event == "change" && m_contact == Contact::kReached) {
    m_state = mergePatch(std::move(m_state), message.value("patch").toObject());
  } else {
    return;  // of a later version
  }
  emit stateChanged();
}

void AgentLink::rememberAgent() {
  const QJsonObject agent = m_state.value("agent").toObject();
  const QString version = agent.value("version").toString();
  const qint64 process = agent.value("process").toInteger();
  const QString before = std::exchange(m_version, version);
  if (std::exchange(m_process, process) != process && !before.isEmpty()) emit agentReplaced(before, version);
}

void AgentLink::request(const QString& verb, const QJsonObject& arguments, QObject* context, Reply reply) {
  const qint64 id = ++m_lastId;
  const bool reachable = m_contact == Contact::kReached && m_waiting.size() < kMostRequests;
  m_waiting[id] = {context, std::move(reply)};
  if (!reachable) {
    QMetaObject::invokeMethod(
        this, [this, id] { settle(id, unavailable()); }, Qt::QueuedConnection);
    return;
  }
  QJsonObject line = arguments;
  line.insert("id", id);
  line.insert("verb", verb);
  m_socket.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
  QTimer::singleShot(kPatienceMs, this, [this, id] { settle(id, unavailable()); });
}

void AgentLink::settle(qint64 id, const Answer& answer) {
  const auto found = m_waiting.find(id);
  if (found == m_waiting.end()) return;
  const Waiting waiting = std::move(found->second);
  m_waiting.erase(found);
  if (waiting.context != nullptr) waiting.reply(answer);
}

void AgentLink::settleAll() {
  auto waiting = std::exchange(m_waiting, {});
  for (const auto& each : waiting) {
    if (each.second.context != nullptr) each.second.reply(unavailable());
  }
}

void AgentLink::become(Contact contact) {
  if (contact == m_contact && contact == Contact::kReached) return;
  const bool same = contact == m_contact;
  m_contact = contact;
  if (!same) emit contactChanged();
}

}  // namespace hearth::gui
