// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/when_page.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "tray/agent_desk.h"
#include "tray/preference_controls.h"
#include "tray/preference_words.h"
#include "tray/scroll_page.h"
#include "widgets/card.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr int kHottest = 110, kCoolest = 40, kHysteresis = 10;
constexpr int kNever = kCoolest - 5;  // heat does not matter

QSpinBox* degreesBox(const QString& name) {
  auto* box = new QSpinBox;
  box->setRange(kCoolest, kHottest);
  box->setSingleStep(5);
  box->setSuffix(WhenPage::tr(" °C"));
  box->setKeyboardTracking(false);
  box->setAccessibleName(preferenceTitle(name));
  box->setObjectName(name);
  return box;
}

}  // namespace

WhenPage::WhenPage(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  QVBoxLayout* page = scrollPage(this);
  page->addWidget(buildHours());
  page->addWidget(buildPauses());
  page->addWidget(buildHeat());
  page->addWidget(buildPrograms());
  page->addStretch();
  connect(&desk, &AgentDesk::preferencesChanged, this, &WhenPage::refresh);
  refresh();
}

QWidget* WhenPage::buildHours() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("Hours in which tasks may run")));
  layout->addWidget(quietLabel(tr("Paint with the mouse, or with the arrow keys and the space bar.")));
  layout->addWidget(new WeekEditor(m_desk, "times", tr("Hours in which tasks may run")));
  return card;
}

QWidget* WhenPage::buildPauses() {
  auto* card = new Card;
  auto* form = new QFormLayout(card);
  form->addRow(headingLabel(tr("What comes first")));
  form->addRow(bodyLabel(tr("On battery")), new ChoiceBox(m_desk, "battery", {"no", "80%", "60%", "40%", "0%"}));
  form->addRow(new PreferenceCheck(m_desk, "full-screen",
                                   tr("Tasks wait while a game runs or a program &fills the screen"), true));
  form->addRow(bodyLabel(tr("Tasks wait when other programs need")),
               new ChoiceBox(m_desk, "load.pause", {"0%", "25%", "50%", "75%"}));
  return card;
}

QWidget* WhenPage::buildHeat() {
  auto* card = new Card;
  auto* form = new QFormLayout(card);
  form->addRow(headingLabel(tr("Heat and noise")));
  m_hot = degreesBox("heat.pause");
  m_cool = degreesBox("heat.resume");
  m_hot->setMinimum(kNever);
  m_hot->setSpecialValueText(preferenceValueText("heat.pause", "0 C"));
  form->addRow(bodyLabel(tr("Tasks stop at")), m_hot);
  form->addRow(bodyLabel(tr("and go on at")), m_cool);
  connect(m_hot, &QSpinBox::valueChanged, this, [this](int degrees) { setHeat(true, degrees); });
  connect(m_cool, &QSpinBox::valueChanged, this, [this](int degrees) { setHeat(false, degrees); });
  return card;
}

void WhenPage::setHeat(bool pause, int degrees) {
  if (pause && degrees == kNever) return m_desk.set("heat.pause", "0 C");
  const int hot = pause ? degrees : m_hot->value(), cool = pause ? m_cool->value() : degrees;
  QList<PreferenceChange> changes = {{pause ? "heat.pause" : "heat.resume", {}, QString("%1 C").arg(degrees)}};
  // The agent wants a gap, so that tasks do not stop and go all the time: the other one gives way first.
  if (cool >= hot && hot != kNever) {
    changes.prepend(pause ? PreferenceChange{"heat.resume", {}, QString("%1 C").arg(hot - kHysteresis)}
                          : PreferenceChange{"heat.pause", {}, QString("%1 C").arg(cool + kHysteresis)});
  }
  m_desk.setAll(changes);
}

QWidget* WhenPage::buildPrograms() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("Programs that make tasks wait")));
  m_programs = new QListWidget;
  m_programs->setMaximumHeight(84);
  m_programs->setAccessibleName(tr("Programs that make tasks wait"));
  m_programs->setObjectName("programs");
  layout->addWidget(m_programs);
  auto* row = new QHBoxLayout;
  m_program = new QLineEdit;
  m_program->setPlaceholderText(tr("Name of a program, such as obs"));
  m_program->setAccessibleName(tr("Name of a program"));
  m_program->setMaxLength(64);
  m_program->setObjectName("program");
  m_add = new QPushButton(tr("&Add"));
  m_add->setObjectName("add-program");
  m_remove = new QPushButton(tr("Re&move"));
  m_remove->setObjectName("remove-program");
  row->addWidget(m_program, 1);
  row->addWidget(m_add);
  row->addWidget(m_remove);
  layout->addLayout(row);
  connect(m_add, &QPushButton::clicked, this, &WhenPage::addProgram);
  connect(m_program, &QLineEdit::returnPressed, this, &WhenPage::addProgram);
  connect(m_remove, &QPushButton::clicked, this, &WhenPage::removeProgram);
  connect(m_programs, &QListWidget::currentRowChanged, this, [this](int chosen) { m_remove->setEnabled(chosen >= 0); });
  return card;
}

QStringList WhenPage::programs() const {
  QStringList names;
  for (const QString& each : m_desk.preferences().value("programs").value.split(',', Qt::SkipEmptyParts)) {
    names.append(each.trimmed());
  }
  return names;
}

void WhenPage::addProgram() {
  const QString name = m_program->text().trimmed();
  QStringList names = programs();
  m_program->clear();
  if (name.isEmpty() || names.contains(name)) return;
  names.append(name);
  m_desk.set("programs", names.join(", "));
}

void WhenPage::removeProgram() {
  QStringList names = programs();
  if (m_programs->currentRow() < 0) return;
  names.removeAll(m_programs->currentItem()->text());
  m_desk.set("programs", names.join(", "));
}

void WhenPage::refresh() {
  const Preferences& preferences = m_desk.preferences();
  const QSignalBlocker quietHot(m_hot), quietCool(m_cool);
  const int hot = wholeNumberOf(preferences.value("heat.pause").value);
  m_hot->setValue(hot == 0 ? kNever : hot);
  m_cool->setValue(wholeNumberOf(preferences.value("heat.resume").value));
  m_hot->setEnabled(preferences.contains("heat.pause"));
  m_cool->setEnabled(preferences.contains("heat.resume"));
  m_programs->clear();
  m_programs->addItems(programs());
  m_remove->setEnabled(false);
  for (QWidget* each :
       {static_cast<QWidget*>(m_programs), static_cast<QWidget*>(m_program), static_cast<QWidget*>(m_add)}) {
    each->setEnabled(preferences.contains("programs"));
  }
}

}  // namespace hearth::gui
