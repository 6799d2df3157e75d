// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include <xcb/xcb.h>

namespace hearth::gui {

struct FreeReply {
  void operator()(void* reply) const { std::free(reply); }
};
/// A reply or event of xcb's, freed with its owner.
template <typename Reply>
using XReply = std::unique_ptr<Reply, FreeReply>;
template <typename Reply>
XReply<Reply> owned(Reply* reply) {
  return XReply<Reply>(reply);
}

/// A connection of our own to the X server that DISPLAY names, woken by its events alone. A reply is waited for, as
/// every program of a display does; the server is on this machine. One thread.
class XServer : public QObject {
  Q_OBJECT

 public:
  explicit XServer(std::function<void(const xcb_generic_event_t&)> take) : m_take(std::move(take)) {}
  ~XServer() override;

  /// False: there is no display that lets us in.
  bool connect();
  xcb_connection_t* connection() const { return m_connection; }
  xcb_window_t root() const { return m_root; }

  bool hasExtension(const char* name);
  xcb_atom_t atom(const char* name);
  /// The first 32-bit values of a property; none where it is not there.
  std::vector<std::uint32_t> property(xcb_window_t window, xcb_atom_t name, xcb_atom_t type);
  /// After requests: sends them, and takes events that came along with replies.
  void flush();
  void hangUp();

 signals:
  /// The server has ended, or thrown us out.
  void lost();

 private:
  void takeEvents();

  const std::function<void(const xcb_generic_event_t&)> m_take;
  xcb_connection_t* m_connection = nullptr;
  xcb_window_t m_root = XCB_WINDOW_NONE;
  QSocketNotifier* m_readable = nullptr;  ///< a child of ours
};

}  // namespace hearth::gui
