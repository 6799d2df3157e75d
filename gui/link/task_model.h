// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>

#include "link/agent_state.h"

namespace hearth::gui {

/// The tasks that the agent holds, one a row. Updates keep rows that stay where they are, so that a selection and the
/// place in the list survive. On the thread of its views.
class TaskModel : public QAbstractListModel {
  Q_OBJECT

 public:
  using QAbstractListModel::QAbstractListModel;

  void show(const QList<TaskState>& tasks);
  const TaskState& at(int row) const { return m_tasks[row]; }
  int rowCount(const QModelIndex& parent = {}) const override;
  /// DisplayRole: the science's name.
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QList<TaskState> m_tasks;
};

/// What a task is called: its batch's name, else its application's, else its number.
QString titleOf(const TaskState& task);

}  // namespace hearth::gui
