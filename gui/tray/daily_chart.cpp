// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/daily_chart.h"

#include <QBarCategoryAxis>
#include <QBarSeries>
#include <QBarSet>
#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QVBoxLayout>
#include <QValueAxis>
#include <algorithm>

#include "widgets/theme.h"

namespace hearth::gui {
namespace {

constexpr int kHeight = 190, kTicks = 5;

QBarSeries* barsOf(const QList<DayRecord>& days, const QColor& colour) {
  auto* tasks = new QBarSet(DailyChart::tr("Tasks"));
  for (const DayRecord& day : days) tasks->append(day.tasks);
  tasks->setColor(colour);
  tasks->setBorderColor(colour);
  auto* series = new QBarSeries;
  series->append(tasks);
  series->setBarWidth(0.75);
  return series;
}

/// A number for every fifth day: thirty would not fit. Names must differ, so the others are growing blanks.
QStringList dayNames(const QList<DayRecord>& days) {
  QStringList names;
  for (qsizetype i = 0; i < days.size(); ++i) {
    const bool named = (days.size() - 1 - i) % 5 == 0;
    names.append(named ? QString::number(days[i].day.day()) : QString(i + 1, QChar(0x200B)));
  }
  return names;
}

}  // namespace

DailyChart::DailyChart(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  setMinimumHeight(kHeight);
  setLayoutDirection(Qt::LeftToRight);  // time runs to the right, as in all charts
}

void DailyChart::show(const QList<DayRecord>& days) {
  m_days = days;
  draw();
}

void DailyChart::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && !m_days.isEmpty()) draw();
  QWidget::changeEvent(event);
}

void DailyChart::draw() {
  const Colours colours = coloursOf(palette());
  auto* chart = new QChart;
  chart->legend()->hide();
  chart->setBackgroundVisible(false);
  chart->setMargins({});
  QBarSeries* series = barsOf(m_days, colours.accent);
  chart->addSeries(series);
  auto* below = new QBarCategoryAxis;
  below->append(dayNames(m_days));
  auto* beside = new QValueAxis;
  int most = 4;
  for (const DayRecord& day : m_days) most = std::max(most, day.tasks);
  beside->setRange(0, (most + 3) / 4 * 4);
  beside->setTickCount(kTicks);
  beside->setLabelFormat("%d");
  for (QAbstractAxis* axis : {static_cast<QAbstractAxis*>(below), static_cast<QAbstractAxis*>(beside)}) {
    axis->setLabelsColor(colours.quiet);
    axis->setLinePen(colours.line);
    axis->setGridLinePen(colours.line);
  }
  below->setGridLineVisible(false);
  below->setTruncateLabels(false);
  chart->addAxis(below, Qt::AlignBottom);
  chart->addAxis(beside, Qt::AlignLeft);
  series->attachAxis(below);
  series->attachAxis(beside);
  auto* view = new QChartView(chart);
  view->setRenderHint(QPainter::Antialiasing);
  view->setFrameShape(QFrame::NoFrame);
  view->setBackgroundBrush(Qt::NoBrush);
  view->viewport()->setAutoFillBackground(false);
  view->setFocusPolicy(Qt::NoFocus);
  view->setAccessibleName(tr("Tasks a day over the last 30 days"));
  if (QLayoutItem* old = layout()->takeAt(0)) {
    delete old->widget();
    delete old;
  }
  layout()->addWidget(view);
}

}  // namespace hearth::gui
