// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSlider>
#include <QTimer>
#include <QWidget>

#include "link/week_hours.h"
#include "widgets/week_grid.h"

/// Controls that each stand for one preference of the agent: they show its value, and set it when a hand changes them.
/// Where the agent does not know the preference they are disabled.
namespace hearth::gui {

class AgentDesk;

/// A share in percent. Sets when the hand lets go, or shortly after the last key.
class PercentSlider : public QWidget {
  Q_OBJECT

 public:
  PercentSlider(AgentDesk& desk, const QString& name, QWidget* parent = nullptr);

 private:
  void refresh();
  void sayValue();

  AgentDesk& m_desk;
  const QString m_name;
  QSlider* m_slider = nullptr;
  QLabel* m_value = nullptr;
  QTimer m_settle;
};

/// A few values to choose from; one that the agent has and that is not among them is shown, too.
class ChoiceBox : public QComboBox {
  Q_OBJECT

 public:
  ChoiceBox(AgentDesk& desk, const QString& name, const QStringList& values, QWidget* parent = nullptr);

 private:
  void refresh();

  AgentDesk& m_desk;
  const QString m_name;
};

/// On or off. `inverted`: ticked means "no".
class PreferenceCheck : public QCheckBox {
  Q_OBJECT

 public:
  PreferenceCheck(AgentDesk& desk, const QString& name, const QString& text, bool inverted, QWidget* parent = nullptr);

 private:
  void refresh();

  AgentDesk& m_desk;
  const QString m_name;
  const bool m_inverted;
};

/// A week to paint, with a button that opens all of it.
class WeekEditor : public QWidget {
  Q_OBJECT

 public:
  WeekEditor(AgentDesk& desk, const QString& name, const QString& title, QWidget* parent = nullptr);

 private:
  void refresh();
  void commit();

  AgentDesk& m_desk;
  const QString m_name;
  WeekHours m_hours;
  WeekGrid* m_grid = nullptr;
};

}  // namespace hearth::gui
