// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/main_window.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMimeData>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <utility>

#include "tray/computer_view.h"
#include "tray/contribution_view.h"
#include "tray/first_run_view.h"
#include "tray/messages_view.h"
#include "tray/now_view.h"
#include "tray/settings_view.h"
#include "widgets/card.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {

MainWindow::MainWindow(AgentDesk& desk, OwnSettings& own, QWidget* parent) : QWidget(parent), m_desk(desk) {
  setWindowTitle(tr("Hearth"));
  setWindowIcon(picture("hearth"));
  setAcceptDrops(true);
  resize(680, 600);
  auto* layout = new QVBoxLayout(this);
  m_stack = new QStackedWidget;
  layout->addWidget(m_stack, 1);
  buildViews(own);
  m_bar = buildBar();
  m_bar->hide();
  layout->addWidget(m_bar);
  // What was said of one page is no matter of the next.
  connect(m_stack, &QStackedWidget::currentChanged, m_bar, &QWidget::hide);
  connect(&desk, &AgentDesk::told, this, &MainWindow::tell);
  connect(&desk, &AgentDesk::changed, this, &MainWindow::refresh);
}

void MainWindow::buildViews(OwnSettings& own) {
  m_views = new QTabWidget;
  m_views->setDocumentMode(true);
  m_views->setObjectName("views");
  m_views->setAccessibleName(tr("Views"));
  auto* computer = new ComputerView(m_desk);
  auto* settings = new SettingsView(m_desk, own);
  m_views->addTab(new NowView(m_desk), sign("now", palette()), tr("&Now"));
  m_views->addTab(computer, sign("computer", palette()), tr("&This computer"));
  m_views->addTab(new ContributionView(m_desk), sign("contribution", palette()), tr("&Contribution"));
  m_views->addTab(settings, sign("settings", palette()), tr("&Settings"));
  m_firstRun = new FirstRunView(m_desk);
  m_messages = new MessagesView(m_desk);
  for (QWidget* each :
       {static_cast<QWidget*>(m_views), static_cast<QWidget*>(m_firstRun), static_cast<QWidget*>(m_messages)}) {
    m_stack->addWidget(each);
  }
  connect(computer, &ComputerView::messagesAsked, this, [this] {
    m_messages->load();
    m_stack->setCurrentWidget(m_messages);
  });
  connect(m_messages, &MessagesView::backAsked, this, [this] { m_stack->setCurrentWidget(m_views); });
  connect(settings, &SettingsView::joinAsked, this, [this] {
    m_choosing = true;
    m_stack->setCurrentWidget(m_firstRun);
  });
  for (auto done : {&FirstRunView::joined, &FirstRunView::leaveAsked}) {
    connect(m_firstRun, done, this, [this] {
      m_choosing = false;
      showView(View::kNow);
    });
  }
}

QWidget* MainWindow::buildBar() {
  auto* bar = new Card;
  bar->setObjectName("bar");
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  m_toldSign = new QLabel;
  m_told = bodyLabel();
  m_told->setObjectName("told");
  m_undo = new QPushButton(sign("undo", palette()), tr("&Undo"));
  m_undo->setObjectName("undo");
  auto* close = new QToolButton;
  close->setText("✕");
  close->setAutoRaise(true);
  close->setAccessibleName(tr("Close this message"));
  close->setObjectName("close-bar");
  row->addWidget(m_toldSign);
  row->addWidget(m_told, 1);
  row->addWidget(m_undo);
  row->addWidget(close);
  connect(m_undo, &QPushButton::clicked, this, &MainWindow::undo);
  connect(close, &QToolButton::clicked, bar, &QWidget::hide);
  return bar;
}

void MainWindow::tell(const Notice& notice) {
  m_back = notice.undo;
  m_told->setText(notice.text);
  m_told->setAccessibleName(notice.text);
  m_toldSign->setVisible(notice.warning);
  if (notice.warning) m_toldSign->setPixmap(picture("state-trouble").pixmap(16, 16));
  m_undo->setVisible(!m_back.isEmpty());
  m_bar->show();
}

void MainWindow::undo() { m_desk.setAll(std::exchange(m_back, {})); }

void MainWindow::refresh() {
  if (!isVisible()) return;
  const bool unjoined = m_desk.state().known && m_desk.state().projects.isEmpty();
  if (unjoined && m_stack->currentWidget() == m_views) m_stack->setCurrentWidget(m_firstRun);
  // It joined elsewhere meanwhile (an unattended installation, the command line).
  if (!unjoined && !m_choosing && m_desk.state().known && m_stack->currentWidget() == m_firstRun) {
    m_stack->setCurrentWidget(m_views);
  }
}

void MainWindow::raiseWindow() {
  show();
  setWindowState(windowState() & ~Qt::WindowMinimized);
  raise();
  activateWindow();
}

void MainWindow::showView(View view) {
  m_stack->setCurrentWidget(m_views);
  m_views->setCurrentIndex(static_cast<int>(view));
  refresh();
}

void MainWindow::invite(const QString& linkOrFile) {
  m_choosing = true;
  m_stack->setCurrentWidget(m_firstRun);
  m_firstRun->invite(linkOrFile);
  raiseWindow();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  event->accept();
  if (m_quitsWhenClosed) emit quitAsked();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasText() || event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (!urls.isEmpty() && urls.first().isLocalFile()) return invite(urls.first().toLocalFile());
  invite(event->mimeData()->text());
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Escape) return QWidget::keyPressEvent(event);
  if (m_stack->currentWidget() == m_messages) return m_stack->setCurrentWidget(m_views);
  close();
}

void MainWindow::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

}  // namespace hearth::gui
