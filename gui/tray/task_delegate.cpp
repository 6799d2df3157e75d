// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/task_delegate.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>

#include "link/task_model.h"
#include "tray/wording.h"
#include "widgets/theme.h"

namespace hearth::gui {
namespace {

constexpr int kMargin = 4, kPadding = 12, kBar = 6, kSpacing = 3;

const TaskState& taskOf(const QModelIndex& index) {
  return static_cast<const TaskModel*>(index.model())->at(index.row());
}

QFont titleFont(QFont font) {
  font.setBold(true);
  return font;
}

}  // namespace

QString progressText(const TaskState& task) {
  if (task.phase == "assigned") return TaskDelegate::tr("Waiting its turn");
  if (task.phase == "fetching") return TaskDelegate::tr("Fetching its files");
  if (task.phase == "ready") return TaskDelegate::tr("Ready to run");
  if (task.phase == "collecting") return TaskDelegate::tr("Gathering its results");
  if (task.phase == "uploading") return TaskDelegate::tr("Sending its results");
  if (task.phase == "returned") return TaskDelegate::tr("Done; the project looks at it");
  if (task.frozen) return TaskDelegate::tr("Asleep");
  if (task.remainingSeconds) return TaskDelegate::tr("%1 left").arg(spanText(*task.remainingSeconds));
  return TaskDelegate::tr("Running");
}

QString originText(const TaskState& task) {
  QStringList parts;
  for (const QString& part : {task.application, task.owner, task.project}) {
    if (!part.isEmpty() && part != titleOf(task)) parts.append(part);
  }
  return parts.join(" · ");
}

QSize TaskDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const TaskState& task = taskOf(index);
  const int lines = 1 + (originText(task).isEmpty() ? 0 : 1) + (task.purpose.isEmpty() ? 0 : 1);
  const int text = lines * (option.fontMetrics.height() + kSpacing);
  return {200, 2 * kMargin + 2 * kPadding + text + kBar + kSpacing};
}

void TaskDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const TaskState& task = taskOf(index);
  const Colours colours = coloursOf(option.palette);
  const bool chosen = (option.state & QStyle::State_HasFocus) != 0;
  const QRect card = option.rect.adjusted(kMargin, kMargin, -kMargin, -kMargin);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(chosen ? colours.accent : colours.line, chosen ? 2 : 1));
  painter->setBrush(colours.card);
  painter->drawRoundedRect(QRectF(card).adjusted(.5, .5, -.5, -.5), 8, 8);

  const QRect inside = card.adjusted(kPadding, kPadding, -kPadding, -kPadding);
  paintWords(*painter, inside, task, option);
  paintBar(*painter, {inside.left(), inside.bottom() - kBar, inside.width(), kBar}, task, option);
  painter->restore();
}

void TaskDelegate::paintWords(QPainter& painter, const QRect& room, const TaskState& task,
                              const QStyleOptionViewItem& option) const {
  const bool mirrored = option.direction == Qt::RightToLeft;
  const QColor quiet = coloursOf(option.palette).quiet;
  // Words keep their own direction, on the side where the desktop's language begins.
  const auto draw = [&](const QRect& where, bool atStart, const QString& text) {
    painter.setLayoutDirection(text.isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight);
    const auto side = atStart != mirrored ? Qt::AlignLeft : Qt::AlignRight;
    painter.drawText(where, static_cast<int>(side | Qt::AlignTop | Qt::AlignAbsolute),
                     painter.fontMetrics().elidedText(text, Qt::ElideRight, where.width()));
  };
  QRect row(room.left(), room.top(), room.width(), option.fontMetrics.height() + kSpacing);
  const QString state = progressText(task);
  const int taken = option.fontMetrics.horizontalAdvance(state) + kPadding;
  painter.setFont(option.font);
  painter.setPen(quiet);
  draw(row, false, state);
  painter.setPen(option.palette.color(QPalette::Text));
  painter.setFont(titleFont(option.font));
  draw(row.adjusted(mirrored ? taken : 0, 0, mirrored ? 0 : -taken, 0), true, titleOf(task));
  painter.setFont(option.font);
  painter.setPen(quiet);
  for (const QString& text : {originText(task), task.purpose}) {
    if (text.isEmpty()) continue;
    row.translate(0, row.height());
    draw(row, true, text);
  }
}

void TaskDelegate::paintBar(QPainter& painter, const QRect& room, const TaskState& task,
                            const QStyleOptionViewItem& option) const {
  const Colours colours = coloursOf(option.palette);
  QPainterPath groove;
  groove.addRoundedRect(room, kBar / 2.0, kBar / 2.0);
  painter.fillPath(groove, colours.line);
  if (!task.progress) return;
  const int filled = static_cast<int>(room.width() * *task.progress);
  QRect done(room.left(), room.top(), filled, room.height());
  if (option.direction == Qt::RightToLeft) done.moveRight(room.right());
  painter.setClipPath(groove);
  painter.fillRect(done, task.frozen ? colours.quiet : colours.accent);
}

}  // namespace hearth::gui
