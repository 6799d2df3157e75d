// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QWidget>

namespace hearth::gui {

class AgentDesk;

/// The week's hours, and what makes tasks wait: battery, heat, full screen, games, programs, load.
class WhenPage : public QWidget {
  Q_OBJECT

 public:
  explicit WhenPage(AgentDesk& desk, QWidget* parent = nullptr);

 private:
  QWidget* buildHours();
  QWidget* buildPauses();
  QWidget* buildHeat();
  QWidget* buildPrograms();
  void setHeat(bool pause, int degrees);
  void addProgram();
  void removeProgram();
  QStringList programs() const;
  void refresh();

  AgentDesk& m_desk;
  QSpinBox *m_hot = nullptr, *m_cool = nullptr;
  QListWidget* m_programs = nullptr;
  QLineEdit* m_program = nullptr;
  QPushButton *m_add = nullptr, *m_remove = nullptr;
};

}  // namespace hearth::gui
