// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/computer_view.h"

#include <QApplication>
#include <QLocale>
#include <QVBoxLayout>

#include "tray/agent_desk.h"
#include "tray/scroll_page.h"
#include "tray/wording.h"
#include "widgets/card.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

QLabel* addRow(QFormLayout& form, const QString& name) {
  QLabel* value = bodyLabel();
  value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value->setAccessibleName(name);
  form.addRow(quietLabel(name), value);
  return value;
}

/// How strong the sandbox is, in a sentence.
QString tierText(const QString& tier) {
  if (tier == "cgroup") return ComputerView::tr("Each task is locked in, and held to its limits by the kernel.");
  if (tier == "namespaces") return ComputerView::tr("Each task is locked in; its limits are watched by the agent.");
  if (tier == "process") return ComputerView::tr("Each task is an ordinary process with limits.");
  return tier == "none" ? ComputerView::tr("Tasks cannot be locked in on this computer, so none run.") : tier;
}

}  // namespace

ComputerView::ComputerView(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  QVBoxLayout* page = scrollPage(this);
  page->addWidget(buildFacts());
  page->addWidget(buildSandbox());
  page->addWidget(buildSent());
  page->addStretch();
  connect(&desk, &AgentDesk::changed, this, &ComputerView::refresh);
}

QWidget* ComputerView::buildFacts() {
  auto* card = new Card;
  auto* form = new QFormLayout(card);
  form->addRow(headingLabel(tr("What tasks may use now")));
  m_name = addRow(*form, tr("Computer"));
  m_processors = addRow(*form, tr("Processors"));
  m_memory = addRow(*form, tr("Memory"));
  m_disk = addRow(*form, tr("Disk"));
  m_heat = addRow(*form, tr("Temperature"));
  m_agent = addRow(*form, tr("Program"));
  m_processors->setObjectName("processors");
  m_heat->setObjectName("heat");
  return card;
}

QWidget* ComputerView::buildSandbox() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("What tasks may not do")));
  m_sandbox = bodyLabel();
  m_sandbox->setObjectName("sandbox");
  m_limitation = quietLabel();
  layout->addWidget(m_sandbox);
  layout->addWidget(m_limitation);
  return card;
}

QWidget* ComputerView::buildSent() {
  auto* card = new Card;
  auto* layout = new QVBoxLayout(card);
  layout->addWidget(headingLabel(tr("What this computer tells the project")));
  layout->addWidget(
      quietLabel(tr("No name of yours, no file of yours. See for yourself: the last messages, letter by letter.")));
  m_show = new QPushButton(sign("eye", palette()), tr("&Show what we send"));
  m_show->setObjectName("show-messages");
  layout->addWidget(m_show, 0, Qt::AlignLeft);
  m_tooOld = quietLabel(tr("The agent is too old to show its messages. Update the package hearth-agent."));
  layout->addWidget(m_tooOld);
  connect(m_show, &QPushButton::clicked, this, &ComputerView::messagesAsked);
  return card;
}

void ComputerView::showEvent(QShowEvent* event) {
  refresh();
  QWidget::showEvent(event);
}

void ComputerView::refresh() {
  if (!isVisible()) return;
  const AgentState& state = m_desk.state();
  const QLocale locale;
  m_name->setText(state.known
                      ? tr("%1 (%2)").arg(state.host.name,
                                          state.host.processor.isEmpty() ? state.host.platform : state.host.processor)
                      : tr("unknown"));
  m_processors->setText(tr("%1 of %2").arg(state.processors).arg(state.host.processors));
  m_memory->setText(tr("%1 of %2").arg(bytesText(state.memoryBytes), bytesText(state.host.memoryBytes)));
  m_disk->setText(
      tr("%1 of %2; kept for later tasks: %3")
          .arg(bytesText(state.diskBytes), bytesText(state.host.diskBytes), bytesText(state.host.cacheBytes)));
  m_heat->setText(state.host.heat ? tr("%1 °C").arg(locale.toString(*state.host.heat, 'f', 0)) : tr("not measured"));
  m_agent->setText(tr("agent %1, window %2").arg(state.version, QApplication::applicationVersion()));
  QStringList lines;
  for (const QString& each : state.forbids) lines.append("•  " + each);
  m_sandbox->setText(lines.isEmpty() ? tierText(state.sandbox) : lines.join('\n'));
  m_limitation->setText(state.limitation);
  m_limitation->setVisible(!state.limitation.isEmpty());
  m_show->setEnabled(m_desk.modern());
  m_tooOld->setVisible(state.known && !m_desk.modern());
}

}  // namespace hearth::gui
