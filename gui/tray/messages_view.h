// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QWidget>

namespace hearth::gui {

class AgentDesk;

/// The literal last messages between this computer and its projects, newest first.
class MessagesView : public QWidget {
  Q_OBJECT

 public:
  explicit MessagesView(AgentDesk& desk, QWidget* parent = nullptr);
  void load();

 signals:
  void backAsked();

 private:
  void fill(const QJsonObject& reply);
  void showChosen(int row);

  AgentDesk& m_desk;
  QListWidget* m_list = nullptr;
  QPlainTextEdit* m_text = nullptr;
  QLabel* m_note = nullptr;
  QStringList m_bodies;
};

/// JSON with a line for each member. Adds line ends and blanks between its signs, and changes nothing else of it.
QString setOut(const QString& json);

}  // namespace hearth::gui
