// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QMap>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <QWidget>

#include "link/agent_state.h"

namespace hearth::gui {

class AgentDesk;
class OwnSettings;

/// A share for each project, the network, and this window's own habits.
class ProjectsPage : public QWidget {
  Q_OBJECT

 public:
  ProjectsPage(AgentDesk& desk, OwnSettings& own, QWidget* parent = nullptr);

 signals:
  void joinAsked();

 private:
  QWidget* buildNetwork();
  QWidget* buildOwn();
  void refresh();
  void rebuild();
  void addProject(const ProjectState& project);
  void update(const ProjectState& project);
  void askToLeave(const QString& key, const QString& name);

  /// The controls of one project.
  struct Row {
    QCheckBox* active = nullptr;
    QSpinBox* share = nullptr;
    QPushButton* leave = nullptr;
  };
  AgentDesk& m_desk;
  OwnSettings& m_own;
  QVBoxLayout* m_projects = nullptr;
  QMap<QString, Row> m_rows;
};

}  // namespace hearth::gui
