// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/single_instance.h"

#include <QFile>
#include <QLocalSocket>

namespace hearth::gui {
namespace {

constexpr int kPatienceMs = 2'000;

QString pathOf(const QString& folder, QString session) {
  session.removeIf([](QChar sign) { return !sign.isLetterOrNumber(); });
  return folder + "/hearth-tray-" + session;
}

}  // namespace

SingleInstance::SingleInstance(const QString& folder, const QString& session, QObject* parent)
    : QObject(parent), m_socket(pathOf(folder, session) + ".sock"), m_lock(pathOf(folder, session) + ".lock") {
  m_lock.setStaleLockTime(0);  // ours for as long as we live, and no longer
  m_server.setSocketOptions(QLocalServer::UserAccessOption);
  connect(&m_server, &QLocalServer::newConnection, this, &SingleInstance::welcome);
}

bool SingleInstance::claim() {
  if (!m_lock.tryLock()) return m_lock.error() != QLockFile::LockFailedError;
  QFile::remove(m_socket);
  m_server.listen(m_socket);
  return true;
}

bool SingleInstance::handOver(const QString& argument) {
  QLocalSocket socket;
  socket.connectToServer(m_socket);
  // Before any window: waiting holds up nobody.
  if (!socket.waitForConnected(kPatienceMs)) return false;
  socket.write(argument.toUtf8().left(kHandedBytes) + '\n');
  return socket.waitForBytesWritten(kPatienceMs) && socket.waitForReadyRead(kPatienceMs);
}

void SingleInstance::welcome() {
  QLocalSocket* other = m_server.nextPendingConnection();
  connect(other, &QLocalSocket::disconnected, other, &QObject::deleteLater);
  connect(other, &QLocalSocket::readyRead, this, [this, other] {
    if (!other->canReadLine()) {
      if (other->bytesAvailable() > kHandedBytes) other->abort();
      return;
    }
    const QString argument = QString::fromUtf8(other->readLine(kHandedBytes + 1)).trimmed();
    other->write("ok\n");
    other->disconnectFromServer();
    emit called(argument);
  });
}

}  // namespace hearth::gui
