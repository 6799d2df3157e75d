// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <array>

namespace hearth::gui {

/// A week as a grid of hours that is painted with the mouse, or with arrow keys and the space bar. Knows only open,
/// shut and partly open cells. A cell that is pressed turns over; the cells that are dragged over become what it
/// became. Told as `painted` for each cell and `finished` when the stroke is over.
class WeekGrid : public QWidget {
  Q_OBJECT

 public:
  enum class Cell { kOpen, kShut, kPartly };
  static constexpr int kDays = 7, kHours = 24;

  explicit WeekGrid(QWidget* parent = nullptr);

  void setCell(int day, int hour, Cell cell);
  Cell cell(int day, int hour) const { return m_cells[static_cast<std::size_t>(day * kHours + hour)]; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  /// The middle of a cell, where a hand would press.
  QPoint middleOf(int day, int hour) const { return cellRect(day, hour).center(); }

 signals:
  void painted(int day, int hour, bool open);
  void finished();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QRect cellRect(int day, int hour) const;
  bool cellAt(const QPoint& point, int& day, int& hour) const;
  void paintCell(QPainter& painter, int day, int hour) const;
  void paintLabels(QPainter& painter) const;
  void paintTo(int day, int hour);
  void sayWhere();
  int labelWidth() const;
  QString spoken(int day, int hour) const;

  std::array<Cell, kDays* kHours> m_cells = {};
  int m_day = 0, m_hour = 0;  ///< where the keys are
  bool m_painting = false, m_open = false;
};

}  // namespace hearth::gui
