// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QWidget>

#include "tray/agent_desk.h"

namespace hearth::gui {

class FirstRunView;
class MessagesView;
class OwnSettings;

/// The window: four views, the first run before them, the messages behind one of them, and a bar below that says what
/// the last wish changed, with a way back. Closing hides it; quitting is the tray's.
class MainWindow : public QWidget {
  Q_OBJECT

 public:
  enum class View { kNow, kComputer, kContribution, kSettings };

  MainWindow(AgentDesk& desk, OwnSettings& own, QWidget* parent = nullptr);

  /// In front, whatever it was doing.
  void raiseWindow();
  void showView(View view);
  /// A link or a file that the volunteer opened.
  void invite(const QString& linkOrFile);
  /// Closing it ends the program, where there is no icon to open it again from.
  void setQuitsWhenClosed(bool quits) { m_quitsWhenClosed = quits; }

 signals:
  void quitAsked();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void buildViews(OwnSettings& own);
  QWidget* buildBar();
  void tell(const Notice& notice);
  void undo();
  void refresh();

  AgentDesk& m_desk;
  QStackedWidget* m_stack = nullptr;
  QTabWidget* m_views = nullptr;
  FirstRunView* m_firstRun = nullptr;
  MessagesView* m_messages = nullptr;
  QWidget* m_bar = nullptr;
  QLabel *m_told = nullptr, *m_toldSign = nullptr;
  QPushButton* m_undo = nullptr;
  QList<PreferenceChange> m_back;
  bool m_quitsWhenClosed = false, m_choosing = false;
};

}  // namespace hearth::gui
