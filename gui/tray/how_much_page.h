// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace hearth::gui {

class AgentDesk;

/// Processors and memory in two profiles, and disk.
class HowMuchPage : public QWidget {
  Q_OBJECT

 public:
  explicit HowMuchPage(AgentDesk& desk, QWidget* parent = nullptr);

 private:
  QWidget* buildProfiles();
  QWidget* buildDisk();

  AgentDesk& m_desk;
};

}  // namespace hearth::gui
