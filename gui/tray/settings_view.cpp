// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/settings_view.h"

#include <QVBoxLayout>

#include "tray/agent_desk.h"
#include "tray/how_much_page.h"
#include "tray/projects_page.h"
#include "tray/when_page.h"

namespace hearth::gui {

SettingsView::SettingsView(AgentDesk& desk, OwnSettings& own, QWidget* parent) : QWidget(parent), m_desk(desk) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 6, 0, 0);
  m_groups = new QTabWidget;
  m_groups->setDocumentMode(true);
  m_groups->setObjectName("groups");
  m_groups->setAccessibleName(tr("Groups of settings"));
  layout->addWidget(m_groups);
  addGroup(new HowMuchPage(desk), tr("How &much"));
  addGroup(new WhenPage(desk), tr("W&hen"));
  auto* projects = new ProjectsPage(desk, own);
  addGroup(projects, tr("Pro&jects and network"));
  connect(projects, &ProjectsPage::joinAsked, this, &SettingsView::joinAsked);
}

void SettingsView::addGroup(QWidget* page, const QString& name) { m_groups->addTab(page, name); }

void SettingsView::showEvent(QShowEvent* event) {
  // They may have been changed from the command line meanwhile.
  m_desk.loadPreferences();
  QWidget::showEvent(event);
}

}  // namespace hearth::gui
