// SPDX-License-Identifier: GPL-3.0-or-later
// presence_windows: two windows and their manager, as far as a panel could tell: `activate N`, `fill N`, `unfill N`,
// `close N` on lines of its input set what a window manager would set.
#include <cstdlib>
#include <iostream>
#include <string>

#include <xcb/xcb.h>

namespace {

class Windows {
 public:
  Windows() : m_server(xcb_connect(nullptr, nullptr)) {
    m_root = xcb_setup_roots_iterator(xcb_get_setup(m_server)).data->root;
    for (xcb_window_t& window : m_windows) {
      window = xcb_generate_id(m_server);
      xcb_create_window(m_server, XCB_COPY_FROM_PARENT, window, m_root, 0, 0, 50, 50, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                        XCB_COPY_FROM_PARENT, 0, nullptr);
    }
  }
  ~Windows() { xcb_disconnect(m_server); }
  Windows(const Windows&) = delete;
  Windows& operator=(const Windows&) = delete;

  void obey(const std::string& order, std::size_t number) {
    const xcb_window_t window = m_windows[number % 2];
    const xcb_atom_t filled = atom("_NET_WM_STATE_FULLSCREEN");
    if (order == "activate") put(m_root, "_NET_ACTIVE_WINDOW", XCB_ATOM_WINDOW, 1, window);
    if (order == "fill") put(window, "_NET_WM_STATE", XCB_ATOM_ATOM, 1, filled);
    if (order == "unfill") put(window, "_NET_WM_STATE", XCB_ATOM_ATOM, 0, filled);
    if (order == "close") xcb_destroy_window(m_server, window);
    xcb_flush(m_server);
  }

 private:
  xcb_atom_t atom(const std::string& name) {
    auto* reply = xcb_intern_atom_reply(
        m_server, xcb_intern_atom(m_server, 0, static_cast<std::uint16_t>(name.size()), name.c_str()), nullptr);
    const xcb_atom_t atom = reply->atom;
    std::free(reply);
    return atom;
  }
  void put(xcb_window_t window, const char* name, xcb_atom_t type, std::uint32_t count, std::uint32_t value) {
    xcb_change_property(m_server, XCB_PROP_MODE_REPLACE, window, atom(name), type, 32, count, &value);
  }

  xcb_connection_t* m_server;
  xcb_window_t m_root = XCB_WINDOW_NONE;
  xcb_window_t m_windows[2] = {};
};

}  // namespace

int main() {
  Windows windows;
  std::string order;
  std::size_t number = 0;
  while (std::cin >> order >> number) windows.obey(order, number);
  return 0;
}
