// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/tray_icon.h"

#include <QApplication>

#include "tray/agent_desk.h"
#include "tray/pause_menu.h"
#include "widgets/icons.h"

namespace hearth::gui {

TrayIcon::TrayIcon(AgentDesk& desk, QObject* parent)
    : QObject(parent), m_desk(desk), m_menu(std::make_unique<QMenu>()) {
  buildMenu();
  refresh();
  m_icon.setContextMenu(m_menu.get());
  connect(&desk, &AgentDesk::changed, this, &TrayIcon::refresh);
  connect(&m_icon, &QSystemTrayIcon::messageClicked, this, &TrayIcon::openAsked);
  connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
    if (reason != QSystemTrayIcon::Context) emit openAsked();
  });
}

void TrayIcon::buildMenu() {
  const QPalette palette = QApplication::palette();
  m_line = m_menu->addAction(QString(), this, &TrayIcon::openAsked);
  m_line->setObjectName("line");
  m_menu->addSeparator();
  m_run = m_menu->addAction(sign("run", palette), tr("&Run"), this, [this] { m_desk.run(); });
  m_run->setObjectName("run");
  auto* pauses = new PauseMenu(m_desk, m_menu.get());
  m_pause = m_menu->addMenu(pauses);
  m_pause->setIcon(sign("pause", palette));
  m_pause->setObjectName("pause");
  m_finish = m_menu->addAction(sign("finish", palette), tr("&Finish current work"), this, [this] { m_desk.finish(); });
  m_finish->setObjectName("finish");
  m_menu->addSeparator();
  m_menu->addAction(sign("open", palette), tr("&Open"), this, &TrayIcon::openAsked)->setObjectName("open");
  // Two things that people mean by it, and neither may be a surprise.
  QMenu* quit = m_menu->addMenu(sign("quit", palette), tr("&Quit"));
  quit->addAction(tr("&Close this icon; tasks go on"), this, &TrayIcon::quitAsked)->setObjectName("close");
  m_stop = quit->addAction(tr("&Stop all tasks and end the agent"), this, [this] {
    m_desk.quitAgent();
    emit quitAsked();
  });
  m_stop->setObjectName("stop");
}

void TrayIcon::refresh() {
  const StatusLine line = m_desk.line();
  if (m_drawn && line == m_shown) return;
  if (!m_drawn || line.sign != m_shown.sign) m_icon.setIcon(picture(pictureOf(line.sign)));
  m_drawn = true;
  m_shown = line;
  m_icon.setToolTip(line.detail.isEmpty() ? line.headline : line.headline + "\n" + line.detail);
  m_line->setText(QString(line.headline).replace('&', "&&"));
  m_line->setIcon(picture(pictureOf(line.sign)));
  const bool reached = m_desk.contact() == Contact::kReached;
  const Activity& activity = m_desk.state().activity;
  m_run->setEnabled(reached && (activity.paused || activity.finish));
  m_pause->setEnabled(reached);
  m_finish->setEnabled(reached && !activity.finish);
  m_stop->setEnabled(reached);
}

void TrayIcon::notify(const QString& title, const QString& text, bool warning) {
  m_icon.showMessage(title, text, warning ? QSystemTrayIcon::Warning : QSystemTrayIcon::Information);
}

}  // namespace hearth::gui
