// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "base/time.h"

namespace hearth::agent {

/// The X display that DISPLAY names, where the agent runs for somebody who has one (Xwayland's knows nothing of input,
/// and is left alone). Its libraries are loaded only then, so that a machine without a desktop needs none. A display
/// that went away is tried again. One thread; may block as long as the display hangs.
class Display {
 public:
  Display();
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  /// Since the last input. None: there is no display that could say.
  std::optional<Duration> idle();
  /// The active window fills the screen.
  bool fullScreen();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
