// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/now_view.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "tray/agent_desk.h"
#include "tray/pause_menu.h"
#include "tray/task_delegate.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr int kPicture = 48;

}  // namespace

NowView::NowView(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(buildHeader());
  m_body = new QStackedWidget;
  m_list = new QListView;
  m_list->setModel(&m_tasks);
  m_list->setItemDelegate(new TaskDelegate(m_list));
  m_list->setFrameShape(QFrame::NoFrame);
  m_list->setVerticalScrollMode(QListView::ScrollPerPixel);
  m_list->setResizeMode(QListView::Adjust);
  m_list->viewport()->setAutoFillBackground(false);
  m_list->setAccessibleName(tr("Tasks on this computer"));
  m_list->setObjectName("tasks");
  m_empty = quietLabel();
  m_empty->setAlignment(Qt::AlignCenter);
  m_body->addWidget(m_list);
  m_body->addWidget(m_empty);
  layout->addWidget(m_body, 1);
  connect(&desk, &AgentDesk::changed, this, &NowView::refresh);
  refresh();
}

QWidget* NowView::buildHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(4, 8, 4, 8);
  m_picture = new QLabel;
  row->addWidget(m_picture, 0, Qt::AlignTop);
  auto* words = new QVBoxLayout;
  m_headline = titleLabel();
  m_headline->setObjectName("headline");
  m_detail = quietLabel();
  m_detail->setObjectName("detail");
  m_advice = bodyLabel();
  m_advice->setObjectName("advice");
  m_advice->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  for (QLabel* label : {m_headline, m_detail, m_advice}) words->addWidget(label);
  auto* verbs = new QHBoxLayout;
  m_run = new QPushButton(sign("run", palette()), tr("&Run"));
  m_pause = new QPushButton(sign("pause", palette()), tr("&Pause"));
  m_finish = new QPushButton(sign("finish", palette()), tr("&Finish current work"));
  m_run->setObjectName("run");
  m_pause->setObjectName("pause");
  m_finish->setObjectName("finish");
  m_pause->setMenu(new PauseMenu(m_desk, m_pause));
  connect(m_run, &QPushButton::clicked, this, [this] { m_desk.run(); });
  connect(m_finish, &QPushButton::clicked, this, [this] { m_desk.finish(); });
  for (QPushButton* button : {m_run, m_pause, m_finish}) verbs->addWidget(button);
  verbs->addStretch();
  words->addLayout(verbs);
  row->addLayout(words, 1);
  return header;
}

void NowView::showEvent(QShowEvent* event) {
  refresh();
  QWidget::showEvent(event);
}

void NowView::refresh() {
  if (!isVisible()) return;
  const StatusLine line = m_desk.line();
  m_picture->setPixmap(picture(pictureOf(line.sign)).pixmap(kPicture, kPicture));
  m_picture->setAccessibleName(nameOf(line.sign));
  m_headline->setText(line.headline);
  m_detail->setText(line.detail);
  m_advice->setText(line.advice);
  m_detail->setVisible(!line.detail.isEmpty());
  m_advice->setVisible(!line.advice.isEmpty());
  const bool reached = m_desk.contact() == Contact::kReached;
  const Activity& activity = m_desk.state().activity;
  m_run->setEnabled(reached && (activity.paused || activity.finish));
  m_pause->setEnabled(reached);
  m_finish->setEnabled(reached && !activity.finish);
  m_tasks.show(m_desk.state().tasks);
  m_empty->setText(reached ? tr("No tasks are on this computer now.") : QString());
  m_body->setCurrentWidget(m_desk.state().tasks.isEmpty() ? static_cast<QWidget*>(m_empty) : m_list);
}

}  // namespace hearth::gui
