// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "tray/day_record.h"

namespace hearth::gui {

/// Tasks a day as bars, drawn by QtCharts in the palette's colours. An empty one until something is shown.
class DailyChart : public QWidget {
  Q_OBJECT

 public:
  explicit DailyChart(QWidget* parent = nullptr);
  void show(const QList<DayRecord>& days);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw();

  QList<DayRecord> m_days;
};

}  // namespace hearth::gui
