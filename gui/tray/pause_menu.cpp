// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/pause_menu.h"

#include <QDateTime>
#include <QLocale>

#include "tray/agent_desk.h"
#include "tray/wording.h"

namespace hearth::gui {
namespace {

constexpr qint64 kMinuteMs = 60'000;

}  // namespace

PauseMenu::PauseMenu(AgentDesk& desk, QWidget* parent) : QMenu(tr("&Pause"), parent), m_desk(desk) {
  addAction(tr("For &15 minutes"), this, [this] { m_desk.pause(15 * kMinuteMs); })->setObjectName("pause-15");
  addAction(tr("For an &hour"), this, [this] { m_desk.pause(60 * kMinuteMs); })->setObjectName("pause-60");
  m_tomorrow = addAction(QString(), this, [this] {
    const QDateTime now = QDateTime::currentDateTime();
    m_desk.pause(now.msecsTo(tomorrowMorning(now)));
  });
  m_tomorrow->setObjectName("pause-tomorrow");
  addAction(tr("Until I &resume"), this, [this] { m_desk.pause(std::nullopt); })->setObjectName("pause-open");
  const auto name = [this] {
    const QDateTime morning = tomorrowMorning(QDateTime::currentDateTime());
    m_tomorrow->setText(tr("Until &tomorrow (%1)").arg(QLocale().toString(morning.time(), QLocale::ShortFormat)));
  };
  name();
  connect(this, &QMenu::aboutToShow, this, name);
}

}  // namespace hearth::gui
