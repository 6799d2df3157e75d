// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/contribution_view.h"

#include <QHBoxLayout>
#include <QLocale>

#include "tray/agent_desk.h"
#include "tray/daily_chart.h"
#include "tray/scroll_page.h"
#include "tray/wording.h"
#include "widgets/card.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr int kDays = 30, kBadge = 40;

/// What projects say of all that they certified; where none says anything, nothing.
struct Given {
  std::optional<qint64> tasks, seconds;
  std::optional<double> credit;
};

template <typename Number>
void add(std::optional<Number>& sum, const std::optional<Number>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

Given givenTo(const QList<ProjectState>& projects) {
  Given given;
  for (const ProjectState& project : projects) {
    add(given.tasks, project.certified);
    add(given.seconds, project.processorSeconds);
    add(given.credit, project.credit);
  }
  return given;
}

}  // namespace

ContributionView::ContributionView(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  QVBoxLayout* page = scrollPage(this);
  page->addWidget(buildFigures());
  page->addWidget(buildDays());
  auto* badges = new Card;
  m_badges = new QGridLayout(badges);
  page->addWidget(badges);
  m_usesCard = new Card;
  auto* uses = new QVBoxLayout(m_usesCard);
  uses->addWidget(headingLabel(tr("What your results were used for")));
  m_uses = bodyLabel();
  m_uses->setObjectName("uses");
  uses->addWidget(m_uses);
  page->addWidget(m_usesCard);
  page->addStretch();
  connect(&desk, &AgentDesk::changed, this, &ContributionView::refresh);
}

QLabel* ContributionView::addFigure(QGridLayout& grid, int column, const QString& name) {
  QLabel* figure = titleLabel();
  figure->setAlignment(Qt::AlignHCenter);
  figure->setAccessibleName(name);
  QLabel* below = quietLabel(name);
  below->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  grid.addWidget(figure, 0, column);
  grid.addWidget(below, 1, column);
  grid.setColumnStretch(column, 1);
  return figure;
}

QWidget* ContributionView::buildFigures() {
  auto* card = new Card;
  auto* grid = new QGridLayout(card);
  m_tasks = addFigure(*grid, 0, tr("tasks"));
  m_hours = addFigure(*grid, 1, tr("hours of a processor"));
  m_credit = addFigure(*grid, 2, tr("credit"));
  m_energy = addFigure(*grid, 3, tr("energy in 30 days, estimated"));
  m_tasks->setObjectName("tasks");
  m_credit->setObjectName("credit");
  m_energy->setObjectName("energy");
  return card;
}

QWidget* ContributionView::buildDays() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("Tasks a day, the last 30 days")));
  m_chart = new DailyChart;
  layout->addWidget(m_chart);
  m_note = quietLabel();
  layout->addWidget(m_note);
  return card;
}

void ContributionView::showEvent(QShowEvent* event) {
  load();
  QWidget::showEvent(event);
}

void ContributionView::load() {
  m_note->clear();
  if (m_desk.contact() == Contact::kReached && !m_desk.modern()) {
    m_note->setText(tr("The agent is too old to remember its days. Update the package hearth-agent."));
    return refresh();
  }
  m_desk.ask("history", {{"days", kDays}}, this, [this](const Answer& answer) {
    if (!answer.ok) m_note->setText(answer.message);
    m_days = decodeHistory(answer.body, kDays, QDate::currentDate());
    m_chart->show(m_days);
    const auto day = [](const QDate& date) { return QLocale().toString(date, QLocale::ShortFormat); };
    if (answer.ok) m_note->setText(tr("%1 to %2").arg(day(m_days.first().day), day(m_days.last().day)));
    refresh();
  });
}

void ContributionView::refresh() {
  if (!isVisible()) return;
  const Given given = givenTo(m_desk.state().projects);
  qint64 tasks = 0, seconds = 0;
  double energy = 0;
  for (const DayRecord& day : m_days) {
    tasks += day.tasks;
    seconds += day.processorSeconds;
    energy += day.energyJoules;
  }
  // Certified by the projects where they say so; else what this computer counted itself.
  tasks = given.tasks.value_or(tasks);
  seconds = given.seconds.value_or(seconds);
  const QLocale locale;
  m_tasks->setText(locale.toString(tasks));
  m_hours->setText(locale.toString(seconds / 3600));
  m_credit->setText(given.credit ? locale.toString(*given.credit, 'f', 0) : tr("–"));
  m_energy->setText(energyText(energy));
  showBadges(given.tasks.value_or(0), seconds);
  showUses();
}

void ContributionView::showBadges(qint64 certified, qint64 seconds) {
  while (QLayoutItem* old = m_badges->takeAt(0)) {
    delete old->widget();
    delete old;
  }
  int column = 0;
  for (const Badge& badge : badgesFor(certified, seconds)) {
    auto* image = new QLabel;
    image->setAlignment(Qt::AlignHCenter);
    image->setPixmap(
        picture(badge.picture).pixmap(QSize(kBadge, kBadge), badge.reached ? QIcon::Normal : QIcon::Disabled));
    image->setAccessibleName(badge.title);
    image->setAccessibleDescription(badge.reached ? badge.what : tr("Still to come: %1").arg(badge.what));
    image->setToolTip(image->accessibleDescription());
    QLabel* title = badge.reached ? bodyLabel(badge.title) : quietLabel(tr("%1 (to come)").arg(badge.title));
    title->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    title->setToolTip(image->toolTip());
    m_badges->addWidget(image, 0, column);
    m_badges->addWidget(title, 1, column);
    m_badges->setColumnStretch(column++, 1);
  }
}

void ContributionView::showUses() {
  QStringList lines;
  for (const ProjectState& project : m_desk.state().projects) {
    for (const QString& use : project.uses) lines.append("•  " + project.name + ": " + use);
  }
  m_uses->setText(lines.isEmpty() ? tr("Your projects have not said so yet.") : lines.join('\n'));
}

}  // namespace hearth::gui
