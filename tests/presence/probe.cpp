// SPDX-License-Identifier: GPL-3.0-or-later
// presence_probe MS: tells what a Presence tells, one JSON object a line; a number on a line of its input is another
// time after which the owner counts as idle. Ends with its input.
#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "presence/presence.h"

namespace {

void tell(const QJsonObject& event) {
  std::puts(QJsonDocument(event).toJson(QJsonDocument::Compact).constData());
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  QCoreApplication application(count, arguments);
  using hearth::gui::Presence;
  Presence presence;
  presence.setIdleAfter(std::chrono::milliseconds(count > 1 ? std::atoi(arguments[1]) : 1000));
  QObject::connect(&presence, &Presence::idle, [](const QDateTime& since) {
    tell({{"event", "idle"}, {"lasting", since.msecsTo(QDateTime::currentDateTimeUtc())}});
  });
  QObject::connect(&presence, &Presence::active, [] { tell({{"event", "active"}}); });
  QObject::connect(&presence, &Presence::watchesInputChanged, [&] {
    tell({{"event", "watched"}, {"by", presence.watchedBy()}});
  });
  QObject::connect(&presence, &Presence::fullScreenChanged, [](bool fills) {
    tell({{"event", "fullScreen"}, {"is", fills}});
  });
  QObject::connect(&presence, &Presence::gameChanged, [](bool game) { tell({{"event", "game"}, {"is", game}}); });
  QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
  QObject::connect(&input, &QSocketNotifier::activated, [&] {
    char line[64];
    const ssize_t got = ::read(STDIN_FILENO, line, sizeof line - 1);
    if (got <= 0) return QCoreApplication::quit();
    presence.setIdleAfter(
        std::chrono::milliseconds(std::atoi(std::string(line, static_cast<std::size_t>(got)).c_str())));
  });
  presence.start();
  tell({{"event", "started"}});
  return QCoreApplication::exec();
}
