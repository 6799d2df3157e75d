// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/week_grid.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "widgets/theme.h"

namespace hearth::gui {
namespace {

constexpr int kRow = 18, kLeast = 12, kGap = 1, kHead = 18;

}  // namespace

WeekGrid::WeekGrid(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void WeekGrid::setCell(int day, int hour, Cell cell) {
  m_cells[static_cast<std::size_t>(day * kHours + hour)] = cell;
  update();
}

int WeekGrid::labelWidth() const {
  int widest = 0;
  for (int day = 1; day <= kDays; ++day) {
    widest = std::max(widest, fontMetrics().horizontalAdvance(locale().dayName(day, QLocale::ShortFormat)));
  }
  return widest + 8;
}

QSize WeekGrid::sizeHint() const { return {labelWidth() + kHours * kRow, kHead + kDays * kRow}; }

QSize WeekGrid::minimumSizeHint() const { return {labelWidth() + kHours * kLeast, kHead + kDays * kRow}; }

QRect WeekGrid::cellRect(int day, int hour) const {
  const int labels = labelWidth(), room = width() - labels;
  const int from = room * hour / kHours, to = room * (hour + 1) / kHours;
  // Days read from the side where reading starts; so do hours.
  const int left = layoutDirection() == Qt::RightToLeft ? room - to : labels + from;
  return {left, kHead + day * kRow, to - from - kGap, kRow - kGap};
}

bool WeekGrid::cellAt(const QPoint& point, int& day, int& hour) const {
  for (day = 0; day < kDays; ++day) {
    for (hour = 0; hour < kHours; ++hour) {
      if (cellRect(day, hour).adjusted(0, 0, kGap, kGap).contains(point)) return true;
    }
  }
  return false;
}

void WeekGrid::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintLabels(painter);
  for (int day = 0; day < kDays; ++day) {
    for (int hour = 0; hour < kHours; ++hour) paintCell(painter, day, hour);
  }
  if (!hasFocus()) return;
  painter.setPen(QPen(palette().color(QPalette::WindowText), 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(cellRect(m_day, m_hour));
}

void WeekGrid::paintLabels(QPainter& painter) const {
  painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
  const bool mirrored = layoutDirection() == Qt::RightToLeft;
  for (int day = 0; day < kDays; ++day) {
    const int left = mirrored ? width() - labelWidth() + 8 : 0;
    painter.drawText(QRect(left, kHead + day * kRow, labelWidth() - 8, kRow), Qt::AlignVCenter | Qt::AlignLeft,
                     locale().dayName(day + 1, QLocale::ShortFormat));
  }
  for (int hour = 0; hour < kHours; hour += 3) {
    const QRect first = cellRect(0, hour);
    const QRect room(mirrored ? first.right() - 40 : first.left(), 0, 40, kHead - 2);
    painter.drawText(room, Qt::AlignBottom | (mirrored ? Qt::AlignRight : Qt::AlignLeft), QString::number(hour));
  }
}

void WeekGrid::paintCell(QPainter& painter, int day, int hour) const {
  const QRect rect = cellRect(day, hour);
  const Colours colours = coloursOf(palette());
  const Cell kind = cell(day, hour);
  painter.setPen(Qt::NoPen);
  painter.setBrush(kind == Cell::kOpen ? colours.accent : colours.line);
  painter.drawRect(rect);
  // Not by colour alone: open hours have a mark, half-open ones are filled in half.
  if (kind == Cell::kOpen) {
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawEllipse(rect.center(), 2, 2);
  } else if (kind == Cell::kPartly) {
    painter.setBrush(colours.accent);
    painter.drawPolygon(QPolygon({rect.bottomLeft(), rect.bottomRight(), rect.topRight()}));
  }
}

void WeekGrid::mousePressEvent(QMouseEvent* event) {
  int day = 0, hour = 0;
  if (event->button() != Qt::LeftButton || !cellAt(event->position().toPoint(), day, hour)) return;
  m_open = cell(day, hour) != Cell::kOpen;
  m_painting = true;
  paintTo(day, hour);
}

void WeekGrid::mouseMoveEvent(QMouseEvent* event) {
  int day = 0, hour = 0;
  if (m_painting && cellAt(event->position().toPoint(), day, hour)) paintTo(day, hour);
}

void WeekGrid::mouseReleaseEvent(QMouseEvent*) {
  if (!m_painting) return;
  m_painting = false;
  emit finished();
}

void WeekGrid::paintTo(int day, int hour) {
  m_day = day;
  m_hour = hour;
  setCell(day, hour, m_open ? Cell::kOpen : Cell::kShut);
  emit painted(day, hour, m_open);
  sayWhere();
}

void WeekGrid::keyPressEvent(QKeyEvent* event) {
  const bool mirrored = layoutDirection() == Qt::RightToLeft;
  switch (event->key()) {
    case Qt::Key_Left:
      m_hour += mirrored ? 1 : -1;
      break;
    case Qt::Key_Right:
      m_hour += mirrored ? -1 : 1;
      break;
    case Qt::Key_Up:
      --m_day;
      break;
    case Qt::Key_Down:
      ++m_day;
      break;
    case Qt::Key_Home:
      m_hour = 0;
      break;
    case Qt::Key_End:
      m_hour = kHours - 1;
      break;
    case Qt::Key_Space:
      m_open = cell(m_day, m_hour) != Cell::kOpen;
      paintTo(m_day, m_hour);
      emit finished();
      return;
    default:
      return QWidget::keyPressEvent(event);
  }
  m_day = std::clamp(m_day, 0, kDays - 1);
  m_hour = std::clamp(m_hour, 0, kHours - 1);
  // With Shift, what was painted last is drawn on.
  if ((event->modifiers() & Qt::ShiftModifier) != 0) {
    paintTo(m_day, m_hour);
    emit finished();
  }
  sayWhere();
  update();
}

void WeekGrid::focusInEvent(QFocusEvent* event) {
  sayWhere();
  QWidget::focusInEvent(event);
}

QString WeekGrid::spoken(int day, int hour) const {
  const QString when =
      tr("%1, %2 to %3")
          .arg(locale().dayName(day + 1), QString::number(hour) + ":00", QString::number(hour + 1) + ":00");
  switch (cell(day, hour)) {
    case Cell::kOpen:
      return tr("%1: yes").arg(when);
    case Cell::kShut:
      return tr("%1: no").arg(when);
    case Cell::kPartly:
      return tr("%1: in part").arg(when);
  }
  return when;
}

void WeekGrid::sayWhere() { setAccessibleDescription(spoken(m_day, m_hour)); }

bool WeekGrid::event(QEvent* event) {
  int day = 0, hour = 0;
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  if (cellAt(help->pos(), day, hour)) QToolTip::showText(help->globalPos(), spoken(day, hour), this);
  return true;
}

}  // namespace hearth::gui
