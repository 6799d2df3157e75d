// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace hearth::gui {

/// Labels of four weights, all of plain text (what others wrote may look like markup) and all wrapping.
QLabel* titleLabel(const QString& text = {});
QLabel* headingLabel(const QString& text = {});
QLabel* bodyLabel(const QString& text = {});
QLabel* quietLabel(const QString& text = {});

}  // namespace hearth::gui
