// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/x_full_screen.h"

#include <algorithm>
#include <cstring>

namespace hearth::gui {

XFullScreen::XFullScreen() : m_server([this](const xcb_generic_event_t& event) { take(event); }) {
  connect(&m_server, &XServer::lost, this, [this] { put(false); });
}

void XFullScreen::watch() {
  if (!m_server.connect()) return;
  m_activeWindow = m_server.atom("_NET_ACTIVE_WINDOW");
  m_state = m_server.atom("_NET_WM_STATE");
  m_fullScreen = m_server.atom("_NET_WM_STATE_FULLSCREEN");
  listen(m_server.root(), XCB_EVENT_MASK_PROPERTY_CHANGE);
  lookAtActive();
}

void XFullScreen::listen(xcb_window_t window, std::uint32_t events) {
  // Of a window that is gone by now an error comes, which says nothing that its successor's state does not.
  xcb_change_window_attributes(m_server.connection(), window, XCB_CW_EVENT_MASK, &events);
}

void XFullScreen::lookAtActive() {
  const auto values = m_server.property(m_server.root(), m_activeWindow, XCB_ATOM_WINDOW);
  const xcb_window_t active = values.empty() ? xcb_window_t{XCB_WINDOW_NONE} : values.front();
  if (active != m_active) {
    if (m_active != XCB_WINDOW_NONE) listen(m_active, XCB_EVENT_MASK_NO_EVENT);
    m_active = active;
    // Before it is looked at, so that no change comes in between.
    if (m_active != XCB_WINDOW_NONE) listen(m_active, XCB_EVENT_MASK_PROPERTY_CHANGE);
  }
  lookAtState();
}

void XFullScreen::lookAtState() {
  bool fills = false;
  if (m_active != XCB_WINDOW_NONE) {
    const auto states = m_server.property(m_active, m_state, XCB_ATOM_ATOM);
    fills = std::find(states.begin(), states.end(), m_fullScreen) != states.end();
  }
  m_server.flush();
  put(fills);
}

void XFullScreen::take(const xcb_generic_event_t& event) {
  constexpr std::uint8_t kSent = 0x80;  // by another client
  if ((event.response_type & ~kSent) != XCB_PROPERTY_NOTIFY) return;
  xcb_property_notify_event_t change;
  std::memcpy(&change, &event, sizeof change);
  if (change.window == m_server.root() && change.atom == m_activeWindow) lookAtActive();
  if (change.window == m_active && change.atom == m_state) lookAtState();
}

}  // namespace hearth::gui
