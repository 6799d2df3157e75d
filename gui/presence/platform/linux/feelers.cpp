// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/feelers.h"

#include "presence/platform/linux/game_mode.h"
#include "presence/platform/linux/logind_input.h"
#include "presence/platform/linux/mutter_input.h"
#include "presence/platform/linux/wayland_input.h"
#include "presence/platform/linux/x_full_screen.h"
#include "presence/platform/linux/x_input.h"

namespace hearth::gui {

Feelers systemFeelers() {
  Feelers feelers;
  feelers.input.push_back(std::make_unique<LogindInput>());
  feelers.input.push_back(std::make_unique<MutterInput>());
  feelers.input.push_back(std::make_unique<WaylandInput>());
  feelers.input.push_back(std::make_unique<XInput>());
  feelers.fullScreen = std::make_unique<XFullScreen>();
  feelers.game = std::make_unique<GameMode>();
  return feelers;
}

}  // namespace hearth::gui
