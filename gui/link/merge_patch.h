// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

namespace hearth::gui {

/// `tree` after the JSON merge patch (RFC 7396): members of `patch` replace its own, null removes, objects merge. Never
/// fails. A patch that is nested deeper than kPatchDepth replaces what lies deeper.
QJsonObject mergePatch(QJsonObject tree, const QJsonObject& patch);

inline constexpr int kPatchDepth = 32;

}  // namespace hearth::gui
