// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPalette>
#include <QPixmap>
#include <QString>

namespace hearth::gui {

/// A picture of ours in its own colours, drawn at each size that a panel or a window asks for. `name` without folder
/// and ending: "state-running", "badge-first", "hearth".
QIcon picture(const QString& name);
/// The same at one size, in pixels of the device.
QPixmap picturePixmap(const QString& name, int size);
/// A sign of one colour, in the palette's colour for text on buttons: "run", "pause", "settings".
QIcon sign(const QString& name, const QPalette& palette);

}  // namespace hearth::gui
