// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QStackedWidget>

#include "link/task_model.h"

namespace hearth::gui {

class AgentDesk;

/// What the agent does now: the state with its reason and end, the verbs, and the tasks.
class NowView : public QWidget {
  Q_OBJECT

 public:
  explicit NowView(AgentDesk& desk, QWidget* parent = nullptr);

 private:
  QWidget* buildHeader();
  void refresh();
  void showEvent(QShowEvent* event) override;

  AgentDesk& m_desk;
  TaskModel m_tasks;
  QLabel *m_picture = nullptr, *m_headline = nullptr, *m_detail = nullptr, *m_advice = nullptr, *m_empty = nullptr;
  QPushButton *m_run = nullptr, *m_pause = nullptr, *m_finish = nullptr;
  QStackedWidget* m_body = nullptr;
  QListView* m_list = nullptr;
};

}  // namespace hearth::gui
