// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QWidget>

namespace hearth::gui {

class AgentDesk;

/// This computer: what it offers to tasks, how warm it is, what the sandbox forbids, and the way to what is sent.
class ComputerView : public QWidget {
  Q_OBJECT

 public:
  explicit ComputerView(AgentDesk& desk, QWidget* parent = nullptr);

 signals:
  void messagesAsked();

 private:
  QWidget* buildFacts();
  QWidget* buildSandbox();
  QWidget* buildSent();
  void refresh();
  void showEvent(QShowEvent* event) override;

  AgentDesk& m_desk;
  QLabel *m_name = nullptr, *m_processors = nullptr, *m_memory = nullptr, *m_disk = nullptr, *m_heat = nullptr,
         *m_agent = nullptr, *m_sandbox = nullptr, *m_limitation = nullptr, *m_tooOld = nullptr;
  QPushButton* m_show = nullptr;
};

}  // namespace hearth::gui
