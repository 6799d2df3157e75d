// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QDBusVariant>
#include <QObject>
#include <QPalette>

namespace hearth::gui {

/// Colours that the desktop's palette does not have, readable on its background.
struct Colours {
  QColor accent;   ///< the fire
  QColor quiet;    ///< text of less weight; at least 4.5 to 1
  QColor line;     ///< borders of cards
  QColor card;     ///< their ground
  QColor warning;  ///< text of a warning
};
bool isDark(const QPalette& palette);
Colours coloursOf(const QPalette& palette);

/// A dark palette for desktops that say that they are dark and give Qt no palette of their own.
QPalette darkPalette();
QPalette lightPalette();

/// Follows the desktop's wish for dark or light (the settings portal's org.freedesktop.appearance), where Qt itself
/// does not. Asks and listens over D-Bus without waiting. Owned by main(), on its thread.
class ColourScheme : public QObject {
  Q_OBJECT

 public:
  explicit ColourScheme(QObject* parent = nullptr);
  void follow();

 private slots:
  void onSettingChanged(const QString& group, const QString& key, const QDBusVariant& value);

 private:
  void apply(uint scheme);
};

}  // namespace hearth::gui
