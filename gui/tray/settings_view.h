// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTabWidget>
#include <QWidget>

class QVBoxLayout;

namespace hearth::gui {

class AgentDesk;
class OwnSettings;

/// What the volunteer allows, in three plain groups. Each control takes effect at once; the window says what changed.
class SettingsView : public QWidget {
  Q_OBJECT

 public:
  SettingsView(AgentDesk& desk, OwnSettings& own, QWidget* parent = nullptr);

 signals:
  void joinAsked();

 private:
  void addGroup(QWidget* page, const QString& name);
  void showEvent(QShowEvent* event) override;

  AgentDesk& m_desk;
  QTabWidget* m_groups = nullptr;
};

}  // namespace hearth::gui
