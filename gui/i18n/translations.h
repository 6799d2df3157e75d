// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocale>
#include <QObject>

namespace hearth::gui {

/// Has the program speak the language of `locale`, in our words and in Qt's own; English where we have none of it.
/// The translators live as long as `owner`.
void speak(const QLocale& locale, QObject* owner);

}  // namespace hearth::gui
