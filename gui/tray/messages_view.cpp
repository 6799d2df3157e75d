// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/messages_view.h"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "tray/agent_desk.h"
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr qsizetype kMostMessages = 100;

constexpr int kIndent = 2, kDeepest = 64;

}  // namespace

QString setOut(const QString& json) {
  QString out;
  int depth = 0;
  bool inString = false, escaped = false, opened = false;
  const auto line = [&] { out += "\n" + QString(std::min(depth, kDeepest) * kIndent, ' '); };
  for (const QChar sign : json) {
    if (inString) {
      inString = escaped || sign != '"';
      escaped = !escaped && sign == '\\';
      out += sign;
      continue;
    }
    const bool closes = sign == '}' || sign == ']';
    if (closes) depth = std::max(0, depth - 1);
    // What is empty stays on its line.
    if (opened != closes) line();
    out += sign;
    inString = sign == '"';
    opened = sign == '{' || sign == '[';
    if (opened) ++depth;
    if (sign == ',') line();
  }
  return out;
}

MessagesView::MessagesView(AgentDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
  auto* layout = new QVBoxLayout(this);
  auto* head = new QHBoxLayout;
  head->addWidget(headingLabel(tr("What this computer sent and received")), 1);
  auto* back = new QPushButton(tr("&Back"));
  back->setObjectName("back");
  connect(back, &QPushButton::clicked, this, &MessagesView::backAsked);
  head->addWidget(back);
  layout->addLayout(head);
  m_note = quietLabel();
  layout->addWidget(m_note);
  m_list = new QListWidget;
  m_list->setAccessibleName(tr("Messages, newest first"));
  m_list->setObjectName("messages");
  m_list->setMaximumHeight(150);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_text = new QPlainTextEdit;
  m_text->setReadOnly(true);
  m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  m_text->setLayoutDirection(Qt::LeftToRight);
  m_text->setAccessibleName(tr("The message as it was"));
  m_text->setObjectName("message");
  layout->addWidget(m_list);
  layout->addWidget(m_text, 1);
  connect(m_list, &QListWidget::currentRowChanged, this, &MessagesView::showChosen);
}

void MessagesView::load() {
  m_note->setText(tr("Asking the agent…"));
  m_desk.ask("messages", {}, this, [this](const Answer& answer) {
    if (answer.ok) return fill(answer.body);
    m_note->setText(answer.message + " " + answer.hint);
  });
}

void MessagesView::fill(const QJsonObject& reply) {
  m_list->clear();
  m_bodies.clear();
  for (const QJsonValue each : reply.value("messages").toArray()) {
    if (m_bodies.size() == kMostMessages) break;
    const QJsonObject message = each.toObject();
    const QDateTime at = QDateTime::fromString(message.value("at").toString(), Qt::ISODateWithMs).toLocalTime();
    const QString when = QLocale().toString(at, QLocale::ShortFormat);
    const bool sent = message.value("direction").toString() == "sent";
    m_bodies.append(setOut(message.value("text").toString()));
    m_list->addItem((sent ? tr("%1  sent to %2  %3") : tr("%1  received from %2  %3"))
                        .arg(when, message.value("project").toString(), message.value("path").toString()));
  }
  m_note->setText(m_bodies.isEmpty() ? tr("Nothing was sent since the agent started.")
                                     : tr("Set out in lines, and otherwise as they were, letter by letter."));
  m_list->setCurrentRow(m_bodies.isEmpty() ? -1 : 0);
}

void MessagesView::showChosen(int row) { m_text->setPlainText(row < 0 ? QString() : m_bodies.value(row)); }

}  // namespace hearth::gui
