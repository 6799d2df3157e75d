// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "presence/flag_source.h"
#include "presence/input_source.h"

namespace hearth::gui {

/// What a Presence feels with. A plain bundle; the Presence owns what is in it.
struct Feelers {
  std::vector<std::unique_ptr<InputSource>> input;  ///< in the order in which they are preferred
  std::unique_ptr<FlagSource> fullScreen;           ///< null: this system does not say
  std::unique_ptr<FlagSource> game;                 ///< null: this system does not say
};

/// Those of this system (`platform/`).
Feelers systemFeelers();

}  // namespace hearth::gui
