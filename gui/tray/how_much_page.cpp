// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/how_much_page.h"

#include <QFormLayout>
#include <QGridLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "tray/agent_desk.h"
#include "tray/preference_controls.h"
#include "tray/scroll_page.h"
#include "widgets/card.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {

HowMuchPage::HowMuchPage(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  QVBoxLayout* page = scrollPage(this);
  page->addWidget(buildProfiles());
  page->addWidget(buildDisk());
  auto* reset = new QPushButton(sign("undo", palette()), tr("&All settings as out of the box"));
  reset->setObjectName("reset");
  page->addWidget(reset, 0, Qt::AlignLeft);
  page->addStretch();
  connect(reset, &QPushButton::clicked, this, [this] { m_desk.resetPreferences(); });
  const auto refresh = [this, reset] { reset->setEnabled(m_desk.modern()); };
  connect(&desk, &AgentDesk::changed, this, refresh);
  refresh();
}

QWidget* HowMuchPage::buildProfiles() {
  auto* card = new Card;
  auto* grid = new QGridLayout(card);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(2, 1);
  grid->setHorizontalSpacing(18);
  grid->addWidget(headingLabel(tr("While I use the computer")), 0, 1);
  grid->addWidget(headingLabel(tr("While I am away")), 0, 2);
  int row = 1;
  for (const auto& [what, name] : {std::pair{"processors", tr("Processors")}, std::pair{"memory", tr("Memory")}}) {
    grid->addWidget(bodyLabel(name), row, 0);
    grid->addWidget(new PercentSlider(m_desk, QString("in-use.") + what), row, 1);
    grid->addWidget(new PercentSlider(m_desk, QString("idle.") + what), row, 2);
    ++row;
  }
  grid->addWidget(quietLabel(tr("With 0 % of the processors, tasks sleep while you are here.")), row++, 1, 1, 2);
  grid->addWidget(bodyLabel(tr("I count as away after")), row, 0);
  grid->addWidget(new ChoiceBox(m_desk, "idle.after", {"1m", "3m", "5m", "10m", "15m", "30m", "1h"}), row, 1,
                  Qt::AlignLeft);
  return card;
}

QWidget* HowMuchPage::buildDisk() {
  auto* card = new Card;
  auto* form = new QFormLayout(card);
  form->addRow(headingLabel(tr("Disk")));
  form->addRow(bodyLabel(tr("For tasks, at most")),
               new ChoiceBox(m_desk, "disk.most", {"0", "1GiB", "5GiB", "10GiB", "20GiB", "50GiB", "100GiB"}));
  form->addRow(bodyLabel(tr("Stays free in any case")),
               new ChoiceBox(m_desk, "disk.free", {"512MiB", "1GiB", "5GiB", "10GiB", "50GiB"}));
  return card;
}

}  // namespace hearth::gui
