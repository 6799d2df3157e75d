// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/display.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <xcb/screensaver.h>
#include <xcb/xcb.h>

namespace hearth::agent {
namespace {

/// Seconds between two tries to reach a display.
constexpr int kLooksBetweenTries = 10;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody of ours writes the environment
  return value == nullptr ? "" : value;
}

struct Unload {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, Unload>;

struct Free {
  void operator()(void* reply) const { std::free(reply); }
};
template <typename Reply>
std::unique_ptr<Reply, Free> owned(Reply* reply) {
  return std::unique_ptr<Reply, Free>(reply);
}

/// The functions that are used of xcb, by their own names.
struct Xcb {
  Library base, saver;
  decltype(&xcb_connect) connect = nullptr;
  decltype(&xcb_connection_has_error) connection_has_error = nullptr;
  decltype(&xcb_disconnect) disconnect = nullptr;
  decltype(&xcb_get_setup) get_setup = nullptr;
  decltype(&xcb_setup_roots_iterator) setup_roots_iterator = nullptr;
  decltype(&xcb_intern_atom) intern_atom = nullptr;
  decltype(&xcb_intern_atom_reply) intern_atom_reply = nullptr;
  decltype(&xcb_get_property) get_property = nullptr;
  decltype(&xcb_get_property_reply) get_property_reply = nullptr;
  decltype(&xcb_get_property_value) get_property_value = nullptr;
  decltype(&xcb_get_property_value_length) get_property_value_length = nullptr;
  decltype(&xcb_query_extension) query_extension = nullptr;
  decltype(&xcb_query_extension_reply) query_extension_reply = nullptr;
  decltype(&xcb_screensaver_query_info) screensaver_query_info = nullptr;
  decltype(&xcb_screensaver_query_info_reply) screensaver_query_info_reply = nullptr;

  bool load() {
    base = Library(::dlopen("libxcb.so.1", RTLD_NOW | RTLD_LOCAL));
    saver = Library(::dlopen("libxcb-screensaver.so.0", RTLD_NOW | RTLD_LOCAL));
    if (!base || !saver) return false;
    const auto find = [](const Library& library, const char* name, auto& function) {
      void* symbol = ::dlsym(library.get(), name);
      std::memcpy(&function, &symbol, sizeof symbol);
      return symbol != nullptr;
    };
#define FIND(library, name) find(library, "xcb_" #name, name)
    return FIND(base, connect) && FIND(base, connection_has_error) && FIND(base, disconnect) && FIND(base, get_setup) &&
           FIND(base, setup_roots_iterator) && FIND(base, intern_atom) && FIND(base, intern_atom_reply) &&
           FIND(base, get_property) && FIND(base, get_property_reply) && FIND(base, get_property_value) &&
           FIND(base, get_property_value_length) && FIND(base, query_extension) && FIND(base, query_extension_reply) &&
           FIND(saver, screensaver_query_info) && FIND(saver, screensaver_query_info_reply);
#undef FIND
  }
};

}  // namespace

struct Display::State {
  Xcb xcb;
  bool loaded = false, unusable = false;
  int looks = 0;
  xcb_connection_t* connection = nullptr;
  xcb_window_t root = XCB_WINDOW_NONE;
  bool saver = false;
  xcb_atom_t active = XCB_ATOM_NONE, state = XCB_ATOM_NONE, fullScreen = XCB_ATOM_NONE;

  ~State() { hangUp(); }

  void hangUp() {
    if (connection != nullptr) xcb.disconnect(connection);
    connection = nullptr;
  }

  bool hasExtension(const char* name) {
    const auto reply = owned(xcb.query_extension_reply(
        connection, xcb.query_extension(connection, static_cast<std::uint16_t>(std::strlen(name)), name), nullptr));
    return reply && reply->present != 0;
  }

  xcb_atom_t atom(const char* name) {
    const auto reply = owned(xcb.intern_atom_reply(
        connection, xcb.intern_atom(connection, 0, static_cast<std::uint16_t>(std::strlen(name)), name), nullptr));
    return reply ? reply->atom : xcb_atom_t{XCB_ATOM_NONE};
  }

  bool connect() {
    if (unusable || looks++ % kLooksBetweenTries != 0) return false;
    const std::string name = variable("DISPLAY");
    // Older Xwaylands do not say that they are one.
    if (name.empty() || !variable("WAYLAND_DISPLAY").empty() || (!loaded && !xcb.load())) {
      unusable = true;
      return false;
    }
    loaded = true;
    connection = xcb.connect(name.c_str(), nullptr);
    if (xcb.connection_has_error(connection) != 0) {
      hangUp();
      return false;
    }
    root = xcb.setup_roots_iterator(xcb.get_setup(connection)).data->root;
    unusable = hasExtension("XWAYLAND");
    saver = hasExtension("MIT-SCREEN-SAVER");
    active = atom("_NET_ACTIVE_WINDOW");
    state = atom("_NET_WM_STATE");
    fullScreen = atom("_NET_WM_STATE_FULLSCREEN");
    if (unusable) hangUp();
    return connection != nullptr;
  }

  bool reach() {
    if (connection != nullptr && xcb.connection_has_error(connection) != 0) hangUp();
    return connection != nullptr || connect();
  }

  /// The 32-bit values of a property, in a few words' memory.
  template <typename Look>
  void property(xcb_window_t window, xcb_atom_t name, xcb_atom_t type, Look&& look) {
    constexpr std::uint32_t kMostWords = 64;
    const auto reply = owned(xcb.get_property_reply(
        connection, xcb.get_property(connection, 0, window, name, type, 0, kMostWords), nullptr));
    if (!reply || reply->format != 32) return;
    const auto* values = static_cast<const std::uint32_t*>(xcb.get_property_value(reply.get()));
    const int bytes = xcb.get_property_value_length(reply.get());
    for (int i = 0; i < bytes / 4; ++i) look(values[i]);
  }
};

Display::Display() : m_state(std::make_unique<State>()) {}
Display::~Display() = default;

std::optional<Duration> Display::idle() {
  State& own = *m_state;
  if (!own.reach() || !own.saver) return std::nullopt;
  const auto reply = owned(own.xcb.screensaver_query_info_reply(
      own.connection, own.xcb.screensaver_query_info(own.connection, own.root), nullptr));
  if (!reply) return std::nullopt;
  return Duration::milliseconds(reply->ms_since_user_input);
}

bool Display::fullScreen() {
  State& own = *m_state;
  if (!own.reach()) return false;
  xcb_window_t window = XCB_WINDOW_NONE;
  own.property(own.root, own.active, XCB_ATOM_WINDOW, [&](std::uint32_t value) { window = value; });
  bool fills = false;
  if (window != XCB_WINDOW_NONE) {
    own.property(window, own.state, XCB_ATOM_ATOM,
                 [&](std::uint32_t value) { fills = fills || value == own.fullScreen; });
  }
  return fills;
}

}  // namespace hearth::agent
