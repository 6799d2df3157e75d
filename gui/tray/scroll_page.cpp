// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/scroll_page.h"

#include <QScrollArea>
#include <QVBoxLayout>

namespace hearth::gui {

QVBoxLayout* scrollPage(QWidget* view) {
  auto* outer = new QVBoxLayout(view);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* page = new QWidget;
  scroll->setWidget(page);
  outer->addWidget(scroll);
  return new QVBoxLayout(page);
}

}  // namespace hearth::gui
