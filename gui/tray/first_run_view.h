// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <QWidget>

namespace hearth::gui {

class AgentDesk;

/// From an invitation to a member in one to three clicks and without a letter typed: choose a project (or bring a
/// link), read what it means, join. A link whose server shows another certificate is a warning that leads no further.
class FirstRunView : public QWidget {
  Q_OBJECT

 public:
  explicit FirstRunView(AgentDesk& desk, QWidget* parent = nullptr);

  /// Asks the agent which projects this installation carries.
  void loadOffers();
  /// A hearth://join link, or a file that holds one. Looks at the project and shows what joining means.
  void invite(const QString& linkOrFile);

 signals:
  void joined();
  /// Back to the ordinary views, where there are projects already.
  void leaveAsked();

 private:
  QWidget* buildChoice();
  QWidget* buildConsent();
  QWidget* buildWarning();
  void showOffers(const QJsonObject& reply);
  QWidget* offerCard(const QJsonObject& offer);
  void chooseFile();
  void inspect(const QString& link);
  void showConsent(const QJsonObject& project);
  void showProblem(const QString& title, const QString& text, const QString& hint);
  void refuseLink(const struct Answer& answer);
  void join();
  void refresh();
  void showEvent(QShowEvent* event) override;

  AgentDesk& m_desk;
  QString m_link;
  QStackedWidget* m_pages = nullptr;
  QWidget *m_choice = nullptr, *m_consent = nullptr, *m_warning = nullptr;
  QVBoxLayout* m_offers = nullptr;
  QLabel *m_intro = nullptr, *m_name = nullptr, *m_about = nullptr, *m_where = nullptr, *m_problem = nullptr,
         *m_problemText = nullptr, *m_problemHint = nullptr, *m_progress = nullptr, *m_why = nullptr;
  QPushButton *m_clipboard = nullptr, *m_file = nullptr, *m_join = nullptr, *m_back = nullptr, *m_no = nullptr;
};

/// The first hearth://join link in a text; empty: there is none.
QString joinLinkIn(const QString& text);

}  // namespace hearth::gui
