// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/labels.h"

namespace hearth::gui {
namespace {

constexpr double kTitle = 1.35, kHeading = 1.1;

QLabel* label(const QString& text, double size, bool bold) {
  auto* made = new QLabel(text);
  made->setTextFormat(Qt::PlainText);
  made->setWordWrap(true);
  QFont font = made->font();
  font.setPointSizeF(font.pointSizeF() * size);
  font.setBold(bold);
  made->setFont(font);
  return made;
}

}  // namespace

QLabel* titleLabel(const QString& text) { return label(text, kTitle, true); }
QLabel* headingLabel(const QString& text) { return label(text, kHeading, true); }
QLabel* bodyLabel(const QString& text) { return label(text, 1, false); }
QLabel* quietLabel(const QString& text) {
  QLabel* made = label(text, 1, false);
  made->setForegroundRole(QPalette::PlaceholderText);
  return made;
}

}  // namespace hearth::gui
