// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-tray: the volunteer's icon and window. Speaks only the agent's control protocol (docs/agent-control.md).
#include <QApplication>
#include <QCommandLineParser>
#include <QLocale>
#include <QStandardPaths>
#include <cstdio>
#include <memory>

#include "i18n/translations.h"
#include "link/socket_paths.h"
#include "tray/agent_desk.h"
#include "tray/main_window.h"
#include "tray/notices.h"
#include "tray/own_settings.h"
#include "tray/presence_teller.h"
#include "tray/single_instance.h"
#include "tray/tray_icon.h"
#include "widgets/icons.h"
#include "widgets/theme.h"

namespace {

using namespace hearth::gui;

constexpr auto kVersion = HEARTH_TRAY_VERSION;

struct Arguments {
  QString socket, invitation;
  bool hidden = false;
};

Arguments read(const QApplication& application) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      QApplication::translate("main", "Shows and controls the Hearth agent of this computer."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption socket("socket", QApplication::translate("main", "The agent's control socket."), "PATH");
  const QCommandLineOption hidden("hidden", QApplication::translate("main", "Start with the icon only."));
  parser.addOptions({socket, hidden});
  parser.addPositionalArgument(
      "invitation", QApplication::translate("main", "A hearth://join link, or a file that holds one."), "[invitation]");
  parser.process(application);
  return {parser.value(socket), parser.positionalArguments().value(0), parser.isSet(hidden)};
}

int runTray(const Arguments& arguments, SingleInstance& instance) {
  AgentLink link(controlSockets(arguments.socket, QProcessEnvironment::systemEnvironment()));
  AgentDesk desk(link);
  OwnSettings own(QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation));
  TrayIcon tray(desk);
  ColourScheme scheme;
  scheme.follow();
  tray.show();
  Presence presence;
  PresenceTeller teller(desk, presence);
  presence.start();
  link.start();

  // The window is made when it is first wanted: most days nobody opens it.
  std::unique_ptr<MainWindow> window;
  const auto opened = [&]() -> MainWindow& {
    if (window) return *window;
    window = std::make_unique<MainWindow>(desk, own);
    QObject::connect(window.get(), &MainWindow::quitAsked, qApp, &QApplication::quit, Qt::QueuedConnection);
    if (!own.keptAside().isEmpty()) {
      desk.say(
          {QApplication::translate(
               "main", "Your settings of this window could not be read. They are kept as %1, and it starts afresh.")
               .arg(own.keptAside()),
           true,
           {}});
    }
    return *window;
  };
  const auto open = [&](const QString& invitation) {
    MainWindow& shown = opened();
    // Started with the session, it stays to tell the agent of its owner, icon or not.
    shown.setQuitsWhenClosed(!tray.isThere() && !arguments.hidden);
    invitation.isEmpty() ? shown.raiseWindow() : shown.invite(invitation);
  };
  Notices notices(desk, own);
  QObject::connect(&notices, &Notices::wanted, &tray, &TrayIcon::notify);
  QObject::connect(&tray, &TrayIcon::openAsked, qApp, [&] { open({}); });
  QObject::connect(&tray, &TrayIcon::quitAsked, qApp, &QApplication::quit, Qt::QueuedConnection);
  QObject::connect(&instance, &SingleInstance::called, qApp, open);

  // Unasked only where there would be nothing to see, or nothing joined yet: then the volunteer has just installed it.
  bool decided = false;
  QString waiting = arguments.invitation;
  QObject::connect(&desk, &AgentDesk::changed, qApp, [&] {
    if (decided || desk.contact() == Contact::kSearching) return;
    decided = true;
    const bool unjoined = desk.state().known && desk.state().projects.isEmpty();
    if (!waiting.isEmpty() || unjoined || (!arguments.hidden)) open(waiting);
  });
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName("hearth-tray");
  QApplication::setApplicationVersion(kVersion);
  QApplication::setDesktopFileName("hearth-tray");
  QApplication::setQuitOnLastWindowClosed(false);
  speak(QLocale(), &application);
  QApplication::setApplicationDisplayName(QApplication::translate("main", "Hearth"));
  const Arguments arguments = read(application);
  const QString screen = qEnvironmentVariable("WAYLAND_DISPLAY", qEnvironmentVariable("DISPLAY"));
  SingleInstance instance(QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation), screen);
  if (!instance.claim()) {
    if (instance.handOver(arguments.invitation)) return 0;
    std::fprintf(stderr, "%s\n",
                 qPrintable(QApplication::translate(
                     "main", "hearth-tray runs already and does not answer. End it and start it again.")));
    return 1;
  }
  return runTray(arguments, instance);
}
