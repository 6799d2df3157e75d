// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/preference_controls.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "tray/agent_desk.h"
#include "tray/preference_words.h"

namespace hearth::gui {
namespace {

constexpr int kStep = 5, kSettleMs = 300;

bool known(const AgentDesk& desk, const QString& name) { return desk.preferences().contains(name); }

QString valueOf(const AgentDesk& desk, const QString& name) { return desk.preferences().value(name).value; }

}  // namespace

PercentSlider::PercentSlider(AgentDesk& desk, const QString& name, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_name(name) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  m_slider = new QSlider(Qt::Horizontal);
  m_slider->setRange(0, 100 / kStep);
  m_slider->setPageStep(20 / kStep);
  m_slider->setAccessibleName(preferenceTitle(name));
  m_slider->setObjectName(name);
  m_value = new QLabel;
  m_value->setMinimumWidth(m_value->fontMetrics().horizontalAdvance("100 %") + 4);
  row->addWidget(m_slider, 1);
  row->addWidget(m_value);
  setFocusProxy(m_slider);
  m_settle.setSingleShot(true);
  m_settle.setInterval(kSettleMs);
  connect(m_slider, &QSlider::valueChanged, this, [this] {
    sayValue();
    if (!m_slider->isSliderDown()) m_settle.start();
  });
  connect(m_slider, &QSlider::sliderReleased, &m_settle, qOverload<>(&QTimer::start));
  connect(&m_settle, &QTimer::timeout, this,
          [this] { m_desk.set(m_name, QString("%1%").arg(m_slider->value() * kStep)); });
  connect(&desk, &AgentDesk::preferencesChanged, this, &PercentSlider::refresh);
  refresh();
}

void PercentSlider::refresh() {
  setEnabled(known(m_desk, m_name));
  if (m_slider->isSliderDown() || m_settle.isActive()) return;  // a hand is on it
  const QSignalBlocker quiet(m_slider);
  m_slider->setValue(wholeNumberOf(valueOf(m_desk, m_name)) / kStep);
  sayValue();
  // What lies between two steps is shown as it is, and changes only by hand.
  m_value->setText(preferenceValueText(m_name, valueOf(m_desk, m_name)));
}

void PercentSlider::sayValue() {
  m_value->setText(preferenceValueText(m_name, QString("%1%").arg(m_slider->value() * kStep)));
}

ChoiceBox::ChoiceBox(AgentDesk& desk, const QString& name, const QStringList& values, QWidget* parent)
    : QComboBox(parent), m_desk(desk), m_name(name) {
  for (const QString& value : values) addItem(preferenceValueText(name, value), value);
  setAccessibleName(preferenceTitle(name));
  setObjectName(name);
  connect(this, &QComboBox::activated, this, [this](int row) {
    const QString value = itemData(row).toString();
    if (value != valueOf(m_desk, m_name)) m_desk.set(m_name, value);
  });
  connect(&desk, &AgentDesk::preferencesChanged, this, &ChoiceBox::refresh);
  refresh();
}

void ChoiceBox::refresh() {
  setEnabled(known(m_desk, m_name));
  if (!isEnabled()) return;
  const QString value = valueOf(m_desk, m_name);
  const QString text = preferenceValueText(m_name, value);
  int row = findData(value);
  if (row < 0) row = findText(text);
  if (row < 0) {
    addItem(text, value);
    row = count() - 1;
  }
  setCurrentIndex(row);
}

PreferenceCheck::PreferenceCheck(AgentDesk& desk, const QString& name, const QString& text, bool inverted,
                                 QWidget* parent)
    : QCheckBox(text, parent), m_desk(desk), m_name(name), m_inverted(inverted) {
  setObjectName(name);
  connect(this, &QCheckBox::clicked, this,
          [this](bool ticked) { m_desk.set(m_name, ticked != m_inverted ? "yes" : "no"); });
  connect(&desk, &AgentDesk::preferencesChanged, this, &PreferenceCheck::refresh);
  refresh();
}

void PreferenceCheck::refresh() {
  setEnabled(known(m_desk, m_name));
  setChecked(isYes(valueOf(m_desk, m_name)) != m_inverted);
}

WeekEditor::WeekEditor(AgentDesk& desk, const QString& name, const QString& title, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_name(name) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  m_grid = new WeekGrid;
  m_grid->setAccessibleName(title);
  m_grid->setObjectName(name);
  auto* always = new QPushButton(tr("Any time"));
  always->setAccessibleName(tr("%1: any time").arg(title));
  always->setObjectName(name + ".always");
  layout->addWidget(m_grid);
  layout->addWidget(always, 0, Qt::AlignLeft);
  connect(m_grid, &WeekGrid::painted, this, [this](int day, int hour, bool open) { m_hours.set(day, hour, open); });
  connect(m_grid, &WeekGrid::finished, this, &WeekEditor::commit);
  connect(always, &QPushButton::clicked, this, [this] { m_desk.set(m_name, ""); });
  connect(&desk, &AgentDesk::preferencesChanged, this, &WeekEditor::refresh);
  refresh();
}

void WeekEditor::refresh() {
  setEnabled(known(m_desk, m_name));
  const auto hours = WeekHours::parse(valueOf(m_desk, m_name));
  if (!hours) return setEnabled(false);  // written in a way that we would lose
  m_hours = *hours;
  for (int day = 0; day < WeekHours::kDays; ++day) {
    for (int hour = 0; hour < WeekHours::kHours; ++hour) {
      const auto cell = m_hours.at(day, hour);
      m_grid->setCell(day, hour,
                      cell == WeekHours::Hour::kOpen   ? WeekGrid::Cell::kOpen
                      : cell == WeekHours::Hour::kShut ? WeekGrid::Cell::kShut
                                                       : WeekGrid::Cell::kPartly);
    }
  }
}

void WeekEditor::commit() {
  if (m_hours.never()) {
    m_desk.say({tr("One hour at least stays open. To stop altogether, choose Pause."), true, {}});
    return refresh();
  }
  m_desk.set(m_name, m_hours.text());
}

}  // namespace hearth::gui
