// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "link/preference.h"

namespace hearth::gui {

/// What a preference is called on the screen; its own name where it is one that we do not know.
QString preferenceTitle(const QString& name);
/// Its value as people say it.
QString preferenceValueText(const QString& name, const QString& value);
/// "Processors while you are away: 100 % → 75 %."
QString changeText(const PreferenceChange& change);

}  // namespace hearth::gui
