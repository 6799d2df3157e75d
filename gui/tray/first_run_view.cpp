// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/first_run_view.h"

#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QRegularExpression>

#include "tray/agent_desk.h"
#include "tray/scroll_page.h"
#include "widgets/card.h"
#include "widgets/icons.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr qint64 kMostFileBytes = 64 << 10;
constexpr int kPicture = 48, kMostOffers = 32, kMostLink = 2000;

QString firstLine(const QJsonObject& object, const char* member) {
  return object.value(QLatin1StringView(member)).toString().simplified().left(300);
}

QHBoxLayout* headed(const QString& image, QLabel* title) {
  auto* row = new QHBoxLayout;
  auto* icon = new QLabel;
  icon->setPixmap(picture(image).pixmap(kPicture, kPicture));
  row->addWidget(icon);
  row->addWidget(title, 1);
  return row;
}

}  // namespace

QString joinLinkIn(const QString& text) {
  static const QRegularExpression form("hearth://join\\?[^\\s\"'<>]+");
  const QString link = form.match(text).captured(0);
  return link.size() <= kMostLink ? link : QString();
}

FirstRunView::FirstRunView(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  QVBoxLayout* page = scrollPage(this);
  m_pages = new QStackedWidget;
  m_choice = buildChoice();
  m_consent = buildConsent();
  m_warning = buildWarning();
  for (QWidget* each : {m_choice, m_consent, m_warning}) m_pages->addWidget(each);
  page->addWidget(m_pages);
  connect(&desk, &AgentDesk::changed, this, &FirstRunView::refresh);
  connect(QApplication::clipboard(), &QClipboard::dataChanged, this, &FirstRunView::refresh);
}

QWidget* FirstRunView::buildChoice() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->addLayout(headed("hearth", titleLabel(tr("Give this computer's idle time to science"))));
  m_intro = bodyLabel();
  layout->addWidget(m_intro);
  m_why = quietLabel();
  layout->addWidget(m_why);
  m_offers = new QVBoxLayout;
  layout->addLayout(m_offers);
  layout->addWidget(quietLabel(tr("You have an invitation? Click its link, drop it here, or:")));
  auto* row = new QHBoxLayout;
  m_clipboard = new QPushButton(tr("Use the &link that I copied"));
  m_clipboard->setObjectName("clipboard");
  m_file = new QPushButton(sign("file", palette()), tr("&Open an invitation file…"));
  m_file->setObjectName("file");
  row->addWidget(m_clipboard);
  row->addWidget(m_file);
  row->addStretch();
  m_no = new QPushButton(tr("&Not now"));
  m_no->setObjectName("not-now");
  row->addWidget(m_no);
  layout->addLayout(row);
  layout->addStretch();
  connect(m_clipboard, &QPushButton::clicked, this, [this] { invite(joinLinkIn(QApplication::clipboard()->text())); });
  connect(m_file, &QPushButton::clicked, this, &FirstRunView::chooseFile);
  connect(m_no, &QPushButton::clicked, this, &FirstRunView::leaveAsked);
  return page;
}

QWidget* FirstRunView::buildConsent() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  m_name = titleLabel();
  m_name->setObjectName("project");
  layout->addLayout(headed("hearth", m_name));
  m_about = bodyLabel();
  m_where = quietLabel();
  layout->addWidget(m_about);
  layout->addWidget(m_where);
  auto* card = new Card;
  auto* words = new QVBoxLayout(card);
  words->addWidget(headingLabel(tr("If you join")));
  for (const QString& sentence :
       {tr("Its tasks use this computer while you are away. They sleep within a second when you come back."),
        tr("A task sees a folder of its own and none of your files, and has no network."),
        tr("The project learns what kind of computer this is and what its tasks returned. Not your name."),
        tr("It uses some electricity. Settings say when and how much; you can pause or leave at any time.")}) {
    words->addWidget(bodyLabel("•  " + sentence));
  }
  layout->addWidget(card);
  m_progress = quietLabel();
  layout->addWidget(m_progress);
  auto* row = new QHBoxLayout;
  row->addStretch();
  m_back = new QPushButton(tr("&Back"));
  m_back->setObjectName("back");
  m_join = new QPushButton(tr("&Join"));
  m_join->setObjectName("join");
  m_join->setDefault(true);
  row->addWidget(m_back);
  row->addWidget(m_join);
  layout->addLayout(row);
  layout->addStretch();
  connect(m_back, &QPushButton::clicked, this, [this] { m_pages->setCurrentWidget(m_choice); });
  connect(m_join, &QPushButton::clicked, this, &FirstRunView::join);
  return page;
}

QWidget* FirstRunView::buildWarning() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  m_problem = titleLabel();
  m_problem->setObjectName("problem");
  layout->addLayout(headed("state-trouble", m_problem));
  m_problemText = bodyLabel();
  m_problemHint = bodyLabel();
  m_problemText->setObjectName("problem-text");
  layout->addWidget(m_problemText);
  layout->addWidget(m_problemHint);
  auto* close = new QPushButton(tr("&Close"));
  close->setObjectName("close-problem");
  layout->addWidget(close, 0, Qt::AlignRight);
  layout->addStretch();
  connect(close, &QPushButton::clicked, this, [this] {
    m_pages->setCurrentWidget(m_choice);
    if (!m_desk.state().projects.isEmpty()) emit leaveAsked();
  });
  return page;
}

void FirstRunView::showEvent(QShowEvent* event) {
  loadOffers();
  QWidget::showEvent(event);
}

void FirstRunView::loadOffers() {
  refresh();
  if (!m_desk.modern()) return;
  m_desk.ask("offers", {}, this, [this](const Answer& answer) {
    if (answer.ok) showOffers(answer.body);
  });
}

void FirstRunView::showOffers(const QJsonObject& reply) {
  while (QLayoutItem* old = m_offers->takeAt(0)) {
    delete old->widget();
    delete old;
  }
  for (const QJsonValue each : reply.value("offers").toArray()) {
    if (m_offers->count() < kMostOffers) m_offers->addWidget(offerCard(each.toObject()));
  }
  refresh();
}

QWidget* FirstRunView::offerCard(const QJsonObject& offer) {
  auto* card = new Card;
  auto* row = new QHBoxLayout(card);
  auto* words = new QVBoxLayout;
  const QString name = firstLine(offer, "name");
  words->addWidget(headingLabel(name));
  words->addWidget(quietLabel(firstLine(offer, "about")));
  row->addLayout(words, 1);
  auto* choose = new QPushButton(tr("Choose"));
  choose->setObjectName("choose");
  choose->setAccessibleName(tr("Choose %1").arg(name));
  const QString link = offer.value("link").toString();
  connect(choose, &QPushButton::clicked, this, [this, link] { invite(link); });
  row->addWidget(choose);
  return card;
}

void FirstRunView::chooseFile() {
  auto* dialog = new QFileDialog(this, tr("Open an invitation"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, &FirstRunView::invite);
  dialog->open();
}

void FirstRunView::invite(const QString& linkOrFile) {
  QString link = joinLinkIn(linkOrFile);
  if (link.isEmpty()) {
    QFile file(linkOrFile);
    if (file.open(QFile::ReadOnly)) link = joinLinkIn(QString::fromUtf8(file.read(kMostFileBytes)));
  }
  if (!link.isEmpty()) return inspect(link);
  showProblem(tr("This is no invitation"),
              tr("An invitation is a link that begins with hearth://join, or a file that holds one."),
              tr("Click the link on the project's page again, or ask whoever sent it."));
}

void FirstRunView::inspect(const QString& link) {
  if (!m_desk.modern()) {
    const bool reached = m_desk.contact() == Contact::kReached;
    return showProblem(
        reached ? tr("The agent is too old to join from here") : m_desk.line().headline,
        reached ? tr("The agent speaks an older language than this window.") : m_desk.line().detail,
        reached ? tr("Update the package hearth-agent, then open the invitation again.") : m_desk.line().advice);
  }
  m_link = link;
  m_name->setText(tr("Looking at the invitation…"));
  for (QLabel* each : {m_about, m_where, m_progress}) each->clear();
  m_join->setEnabled(false);
  m_pages->setCurrentWidget(m_consent);
  m_desk.ask("inspect", {{"link", link}}, this, [this](const Answer& answer) {
    answer.ok ? showConsent(answer.body.value("project").toObject()) : refuseLink(answer);
  });
}

void FirstRunView::showConsent(const QJsonObject& project) {
  const QString name = firstLine(project, "name"), home = firstLine(project, "home");
  m_name->setText(tr("Join %1?").arg(name));
  m_about->setText(firstLine(project, "about"));
  m_about->setVisible(!m_about->text().isEmpty());
  m_where->setText(tr("Server %1, checked against the invitation.").arg(firstLine(project, "server")) +
                   (home.isEmpty() ? QString() : "  " + home));
  m_join->setText(tr("&Join %1").arg(QString(name).replace('&', "&&")));
  m_join->setEnabled(true);
  m_join->setFocus();
}

void FirstRunView::refuseLink(const Answer& answer) {
  if (answer.code == "wrong-server") {
    return showProblem(tr("This is not the project's server"),
                       tr("The server that answered does not have the certificate that your invitation names. Somebody "
                          "may be standing between you and the project. Nothing was sent, and nothing was joined."),
                       tr("Do not use this invitation on this network. Ask the project for a new one if it happens "
                          "elsewhere, too."));
  }
  if (answer.code == "expired") {
    return showProblem(tr("This invitation is used up"), answer.message, tr("Ask the project for a new one."));
  }
  if (answer.code == "invalid") {
    return showProblem(tr("This invitation is damaged"), answer.message,
                       tr("Click the link again where you found it; it may have been cut short."));
  }
  showProblem(tr("The project does not answer"), answer.message,
              answer.hint.isEmpty() ? tr("Try again later.") : answer.hint);
}

void FirstRunView::showProblem(const QString& title, const QString& text, const QString& hint) {
  m_problem->setText(title);
  m_problemText->setText(text);
  m_problemHint->setText(hint);
  m_pages->setCurrentWidget(m_warning);
}

void FirstRunView::join() {
  m_join->setEnabled(false);
  m_progress->setText(tr("Joining…"));
  m_desk.ask("join", {{"link", m_link}}, this, [this](const Answer& answer) {
    m_progress->clear();
    if (!answer.ok) return refuseLink(answer);
    m_pages->setCurrentWidget(m_choice);
    emit joined();
    m_desk.say({tr("Welcome! The first tasks are on their way."), false, {}});
  });
}

void FirstRunView::refresh() {
  if (!isVisible()) return;
  const bool member = !m_desk.state().projects.isEmpty();
  m_no->setVisible(member);
  m_clipboard->setVisible(!joinLinkIn(QApplication::clipboard()->text()).isEmpty());
  m_intro->setText(m_offers->count() == 0
                       ? tr("Open an invitation to a project, and this computer helps it whenever you are away.")
                       : tr("Choose a project, and this computer helps it whenever you are away."));
  const StatusLine line = m_desk.line();
  const bool reached = m_desk.contact() == Contact::kReached;
  for (int i = 0; i < m_offers->count(); ++i) m_offers->itemAt(i)->widget()->setEnabled(reached);
  m_why->setText(!reached          ? line.headline + ". " + line.advice
                 : m_desk.modern() ? QString()
                                   : tr("The agent is too old to join from here. Update the package hearth-agent."));
  m_why->setVisible(!m_why->text().isEmpty());
}

}  // namespace hearth::gui
