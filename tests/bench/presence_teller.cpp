// SPDX-License-Identifier: GPL-3.0-or-later
// bench_presence_teller SOCKET MS: what a tray does for owner_back and agent_idle, and nothing else: subscribes to an
// agent and tells it the presence of its owner, who counts as idle after so long.
#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <cstdlib>

#include "presence/presence.h"

namespace {

using hearth::gui::Presence;

void ask(QLocalSocket& socket, const char* verb, QJsonObject members = {}) {
  members.insert("id", 1);
  members.insert("verb", verb);
  socket.write(QJsonDocument(members).toJson(QJsonDocument::Compact) + '\n');
  socket.flush();
}

void tell(QLocalSocket& socket, const Presence& presence) {
  QJsonObject members{
      {"idle", presence.isIdle()}, {"fullScreen", presence.isFullScreen()}, {"game", presence.hasGame()}};
  if (presence.isIdle()) members.insert("idleMs", static_cast<qint64>(presence.idleFor().count()));
  ask(socket, "presence", members);
}

}  // namespace

int main(int count, char** arguments) {
  QCoreApplication application(count, arguments);
  if (count != 3) return 2;
  QLocalSocket socket;
  socket.connectToServer(QString::fromLocal8Bit(arguments[1]));
  if (!socket.waitForConnected(5000)) return 1;
  Presence presence;
  presence.setIdleAfter(std::chrono::milliseconds(std::atoi(arguments[2])));
  const auto told = [&] { tell(socket, presence); };
  QObject::connect(&presence, &Presence::idle, &socket, told);
  QObject::connect(&presence, &Presence::active, &socket, told);
  QObject::connect(&presence, &Presence::fullScreenChanged, &socket, told);
  QObject::connect(&presence, &Presence::gameChanged, &socket, told);
  QObject::connect(&socket, &QLocalSocket::readyRead, &socket, [&] { socket.readAll(); });
  QObject::connect(&socket, &QLocalSocket::disconnected, &application, &QCoreApplication::quit);
  ask(socket, "hello", {{"protocol", QJsonObject{{"lowest", 1}, {"highest", 2}}}});
  ask(socket, "subscribe");
  presence.start();
  if (presence.watchesInput()) told();
  return QCoreApplication::exec();
}
