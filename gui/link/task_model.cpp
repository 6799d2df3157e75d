// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/task_model.h"

#include <algorithm>

namespace hearth::gui {

QString titleOf(const TaskState& task) {
  if (!task.batchName.isEmpty()) return task.batchName;
  if (!task.application.isEmpty()) return task.application;
  return TaskModel::tr("Batch %1").arg(task.batch);
}

void TaskModel::show(const QList<TaskState>& tasks) {
  const bool sameRows = std::equal(tasks.begin(), tasks.end(), m_tasks.begin(), m_tasks.end(),
                                   [](const TaskState& a, const TaskState& b) { return a.key == b.key; });
  if (!sameRows) {
    beginResetModel();
    m_tasks = tasks;
    return endResetModel();
  }
  for (int row = 0; row < tasks.size(); ++row) {
    if (m_tasks[row] == tasks[row]) continue;
    m_tasks[row] = tasks[row];
    emit dataChanged(index(row), index(row));
  }
}

int TaskModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_tasks.size());
}

QVariant TaskModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= m_tasks.size()) return {};
  return role == Qt::DisplayRole ? titleOf(m_tasks[index.row()]) : QVariant();
}

}  // namespace hearth::gui
