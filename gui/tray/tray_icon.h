// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>
#include <QSystemTrayIcon>
#include <memory>

#include "tray/status_line.h"

namespace hearth::gui {

class AgentDesk;

/// The icon in the panel and its menu. Changes only when what it says changes; does nothing by itself.
class TrayIcon : public QObject {
  Q_OBJECT

 public:
  explicit TrayIcon(AgentDesk& desk, QObject* parent = nullptr);

  void show() { m_icon.show(); }
  bool isThere() const { return m_icon.isVisible() && QSystemTrayIcon::isSystemTrayAvailable(); }
  QMenu& menu() { return *m_menu; }
  const StatusLine& shown() const { return m_shown; }
  void notify(const QString& title, const QString& text, bool warning);

 signals:
  void openAsked();
  void quitAsked();

 private:
  void buildMenu();
  void refresh();

  AgentDesk& m_desk;
  std::unique_ptr<QMenu> m_menu;
  QSystemTrayIcon m_icon;
  QAction *m_line = nullptr, *m_run = nullptr, *m_pause = nullptr, *m_finish = nullptr, *m_stop = nullptr;
  StatusLine m_shown;
  bool m_drawn = false;
};

}  // namespace hearth::gui
