// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <QWidget>

#include "tray/day_record.h"

namespace hearth::gui {

class AgentDesk;
class Card;
class DailyChart;

/// What the volunteer has given, and what came of it: figures, the last 30 days, badges, and what the projects say that
/// results were used for.
class ContributionView : public QWidget {
  Q_OBJECT

 public:
  explicit ContributionView(AgentDesk& desk, QWidget* parent = nullptr);

 private:
  QLabel* addFigure(QGridLayout& grid, int column, const QString& name);
  QWidget* buildFigures();
  QWidget* buildDays();
  void load();
  void refresh();
  void showBadges(qint64 certified, qint64 seconds);
  void showUses();
  void showEvent(QShowEvent* event) override;

  AgentDesk& m_desk;
  QList<DayRecord> m_days;
  QLabel *m_credit = nullptr, *m_tasks = nullptr, *m_hours = nullptr, *m_energy = nullptr, *m_note = nullptr,
         *m_uses = nullptr;
  DailyChart* m_chart = nullptr;
  QGridLayout* m_badges = nullptr;
  Card* m_usesCard = nullptr;
};

}  // namespace hearth::gui
