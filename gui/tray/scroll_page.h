// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QVBoxLayout;
class QWidget;

namespace hearth::gui {

/// Fills `view` with a page that scrolls up and down and never sideways; gives the page's layout.
QVBoxLayout* scrollPage(QWidget* view);

}  // namespace hearth::gui
