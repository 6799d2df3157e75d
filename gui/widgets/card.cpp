// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card.h"

#include <QPainter>

#include "widgets/theme.h"

namespace hearth::gui {

Card::Card(QWidget* parent) : QFrame(parent) { setContentsMargins(10, 8, 10, 8); }

void Card::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours colours = coloursOf(palette());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(colours.line);
  painter.setBrush(colours.card);
  painter.drawRoundedRect(QRectF(rect()).adjusted(.5, .5, -.5, -.5), 8, 8);
}

}  // namespace hearth::gui
