// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "presence/flag_source.h"
#include "presence/platform/linux/x_server.h"

namespace hearth::gui {

/// The active window fills the screen, as window managers say by _NET_ACTIVE_WINDOW and _NET_WM_STATE. Told by changes
/// of these properties alone. Under Wayland it sees the windows of Xwayland, where most games still are: a compositor
/// tells of no others.
class XFullScreen : public FlagSource {
  Q_OBJECT

 public:
  XFullScreen();
  void watch() override;

 private:
  void take(const xcb_generic_event_t& event);
  void lookAtActive();
  void lookAtState();
  void listen(xcb_window_t window, std::uint32_t events);

  XServer m_server;
  xcb_atom_t m_activeWindow = XCB_ATOM_NONE, m_state = XCB_ATOM_NONE, m_fullScreen = XCB_ATOM_NONE;
  xcb_window_t m_active = XCB_WINDOW_NONE;
};

}  // namespace hearth::gui
