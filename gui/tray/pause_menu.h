// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace hearth::gui {

class AgentDesk;

/// Pause for 15 minutes, an hour, until tomorrow, or until resumed. The wording of "until tomorrow" is made when the
/// menu opens, since it names the moment.
class PauseMenu : public QMenu {
  Q_OBJECT

 public:
  PauseMenu(AgentDesk& desk, QWidget* parent);

 private:
  AgentDesk& m_desk;
  QAction* m_tomorrow = nullptr;
};

}  // namespace hearth::gui
