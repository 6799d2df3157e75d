// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "link/agent_state.h"

namespace hearth::gui {

/// Draws a task as a card: what it is called, whose it is and what for, how far it is, and how long it takes still.
class TaskDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  void paintWords(QPainter& painter, const QRect& room, const TaskState& task,
                  const QStyleOptionViewItem& option) const;
  void paintBar(QPainter& painter, const QRect& room, const TaskState& task, const QStyleOptionViewItem& option) const;
};

/// "Running, 22 min left" and the like.
QString progressText(const TaskState& task);
/// Whose it is: "fold, Department of Limnology, Riverbed".
QString originText(const TaskState& task);

}  // namespace hearth::gui
