// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/projects_page.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QSignalBlocker>

#include "tray/agent_desk.h"
#include "tray/own_settings.h"
#include "tray/preference_controls.h"
#include "tray/scroll_page.h"
#include "widgets/card.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr int kLeastShare = 10, kMostShare = 1'000;

}  // namespace

ProjectsPage::ProjectsPage(AgentDesk& desk, OwnSettings& own, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_own(own) {
  QVBoxLayout* page = scrollPage(this);
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("Projects")));
  m_projects = new QVBoxLayout;
  layout->addLayout(m_projects);
  auto* join = new QPushButton(tr("&Join another project…"));
  join->setObjectName("join-another");
  connect(join, &QPushButton::clicked, this, &ProjectsPage::joinAsked);
  layout->addWidget(join, 0, Qt::AlignLeft);
  page->addWidget(card);
  page->addWidget(buildNetwork());
  page->addWidget(buildOwn());
  page->addStretch();
  connect(&desk, &AgentDesk::changed, this, &ProjectsPage::refresh);
  connect(&desk, &AgentDesk::preferencesChanged, this, &ProjectsPage::refresh);
  refresh();
}

QWidget* ProjectsPage::buildNetwork() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("Network")));
  layout->addWidget(new PreferenceCheck(m_desk, "network.metered", tr("Use networks that &cost by volume"), false));
  auto* form = new QFormLayout;
  form->addRow(bodyLabel(tr("Work to hold ahead")), new ChoiceBox(m_desk, "buffer", {"0s", "6h", "1d", "2d", "7d"}));
  layout->addLayout(form);
  layout->addWidget(bodyLabel(tr("Hours in which the network may be used")));
  layout->addWidget(new WeekEditor(m_desk, "network.times", tr("Hours in which the network may be used")));
  return card;
}

QWidget* ProjectsPage::buildOwn() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("This window")));
  auto* notify = new QCheckBox(tr("Show &notifications"));
  notify->setChecked(m_own.notifies());
  notify->setObjectName("notify");
  auto* start = new QCheckBox(tr("Show the icon when I &log in"));
  start->setChecked(m_own.startsWithSession());
  start->setObjectName("start-with-session");
  layout->addWidget(notify);
  layout->addWidget(quietLabel(tr("Of trouble, of finished work, and of my first certified task; of nothing else.")));
  layout->addWidget(start);
  connect(notify, &QCheckBox::clicked, this, [this](bool wanted) {
    m_own.setNotifies(wanted);
    m_desk.say(
        {wanted ? tr("Notifications: now on (before: off).") : tr("Notifications: now off (before: on)."), false, {}});
  });
  connect(start, &QCheckBox::clicked, this, [this, start](bool wanted) {
    if (m_own.setStartsWithSession(wanted)) {
      return m_desk.say({wanted ? tr("The icon is shown when you log in.")
                                : tr("The icon is no longer shown when you log in. Tasks run as before."),
                         false,
                         {}});
    }
    start->setChecked(!wanted);
    m_desk.say({tr("Your settings folder cannot be written to. Check its disk and its rights."), true, {}});
  });
  return card;
}

void ProjectsPage::refresh() {
  QStringList now;
  for (const ProjectState& each : m_desk.state().projects) now.append(each.key);
  if (now != m_rows.keys() || now.isEmpty()) rebuild();
  for (const ProjectState& each : m_desk.state().projects) update(each);
}

void ProjectsPage::rebuild() {
  while (QLayoutItem* old = m_projects->takeAt(0)) {
    old->widget()->hide();
    old->widget()->deleteLater();  // one of them may be what was just clicked
    delete old;
  }
  m_rows.clear();
  for (const ProjectState& each : m_desk.state().projects) addProject(each);
  if (m_rows.isEmpty()) m_projects->addWidget(quietLabel(tr("None yet.")));
}

void ProjectsPage::addProject(const ProjectState& project) {
  const QString key = project.key, name = project.name;
  const Row row{new QCheckBox(QString(name).replace('&', "&&")), new QSpinBox, new QPushButton(tr("Leave…"))};
  row.active->setAccessibleName(tr("Run tasks of %1").arg(name));
  row.active->setObjectName("active-" + key);
  row.share->setRange(kLeastShare, kMostShare);
  row.share->setSingleStep(10);
  row.share->setKeyboardTracking(false);
  row.share->setAccessibleName(tr("Share of %1").arg(name));
  row.share->setToolTip(tr("Parts of the machine: a project with 200 gets twice the time of one with 100."));
  row.share->setObjectName("share-" + key);
  row.leave->setAccessibleName(tr("Leave %1").arg(name));
  row.leave->setObjectName("leave-" + key);
  auto* line = new QWidget;
  auto* layout = new QHBoxLayout(line);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(row.active, 1);
  layout->addWidget(bodyLabel(tr("Share")));
  layout->addWidget(row.share);
  layout->addWidget(row.leave);
  m_projects->addWidget(line);
  m_rows.insert(key, row);
  connect(row.active, &QCheckBox::clicked, this,
          [this, key](bool wanted) { wanted ? m_desk.run(key) : m_desk.pause(std::nullopt, key); });
  connect(row.share, &QSpinBox::valueChanged, this,
          [this, key](int value) { m_desk.set("shares." + key, QString::number(value)); });
  connect(row.leave, &QPushButton::clicked, this, [this, key, name] { askToLeave(key, name); });
}

void ProjectsPage::update(const ProjectState& project) {
  const Row row = m_rows.value(project.key);
  const QSignalBlocker quiet(row.share);
  row.active->setChecked(!project.activity.paused);
  row.share->setValue(wholeNumberOf(m_desk.preferences().value("shares." + project.key).value, project.share));
  row.leave->setEnabled(m_desk.modern());
}

void ProjectsPage::askToLeave(const QString& key, const QString& name) {
  auto* question = new QMessageBox(QMessageBox::Question, tr("Leave %1?").arg(name),
                                   tr("Its tasks on this computer are dropped, and its results so far stay counted. "
                                      "You need an invitation to come back."),
                                   QMessageBox::NoButton, this);
  question->setAttribute(Qt::WA_DeleteOnClose);
  question->setTextFormat(Qt::PlainText);
  question->setObjectName("leave");
  const QPushButton* leave = question->addButton(tr("&Leave"), QMessageBox::AcceptRole);
  question->addButton(tr("&Stay"), QMessageBox::RejectRole);
  connect(leave, &QPushButton::clicked, this, [this, key] { m_desk.leave(key); });
  question->open();
}

}  // namespace hearth::gui
