// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/wayland_input.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

#include <ext-idle-notify-v1-client.h>
#include <wayland-client.h>

namespace hearth::gui {

/// The events of the protocol, as libwayland wants them: functions with the object to call.
struct WaylandInput::Listener {
  static WaylandInput& own(void* data) { return *static_cast<WaylandInput*>(data); }

  static void global(void* data, wl_registry*, std::uint32_t id, const char* interface, std::uint32_t) {
    own(data).found(id, interface);
  }
  static void globalRemove(void* data, wl_registry*, std::uint32_t id) { own(data).gone(id); }
  static void idled(void* data, ext_idle_notification_v1*) { emit own(data).idle(own(data).m_idleAfter); }
  static void resumed(void* data, ext_idle_notification_v1*) { emit own(data).active(); }

  static constexpr wl_registry_listener kRegistry{global, globalRemove};
  static constexpr ext_idle_notification_v1_listener kNotification{idled, resumed};
};

WaylandInput::~WaylandInput() { letGo(); }

void WaylandInput::probe() {
  // An X session may leave a socket of the usual name behind: only a session that names one is Wayland's.
  if (!qEnvironmentVariableIsSet("WAYLAND_DISPLAY")) return;
  m_display = wl_display_connect(nullptr);
  if (m_display == nullptr) return;
  m_readable = new QSocketNotifier(wl_display_get_fd(m_display), QSocketNotifier::Read, this);
  connect(m_readable, &QSocketNotifier::activated, this, [this] { read(); });
  m_registry = wl_display_get_registry(m_display);
  wl_registry_add_listener(m_registry, &Listener::kRegistry, this);
  wl_display_flush(m_display);
}

void WaylandInput::found(std::uint32_t id, const char* interface) {
  if (m_notifier == nullptr && std::string_view(interface) == ext_idle_notifier_v1_interface.name) {
    m_notifier =
        static_cast<ext_idle_notifier_v1*>(wl_registry_bind(m_registry, id, &ext_idle_notifier_v1_interface, 1));
    m_notifierId = id;
  }
  if (m_seat == nullptr && std::string_view(interface) == wl_seat_interface.name) {
    m_seat = static_cast<wl_seat*>(wl_registry_bind(m_registry, id, &wl_seat_interface, 1));
    m_seatId = id;
  }
  setUsable(m_notifier != nullptr && m_seat != nullptr);
}

void WaylandInput::gone(std::uint32_t id) {
  const bool ours = (m_notifier != nullptr && id == m_notifierId) || (m_seat != nullptr && id == m_seatId);
  // Later: libwayland is in the midst of telling.
  if (ours)
    QMetaObject::invokeMethod(
        this, [this] { hangUp(); }, Qt::QueuedConnection);
}

void WaylandInput::watch(std::chrono::milliseconds idleAfter) {
  if (!usable()) return;
  rest();
  m_idleAfter = std::min(idleAfter, std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max()));
  m_notification =
      ext_idle_notifier_v1_get_idle_notification(m_notifier, static_cast<std::uint32_t>(m_idleAfter.count()), m_seat);
  ext_idle_notification_v1_add_listener(m_notification, &Listener::kNotification, this);
  wl_display_flush(m_display);
  emit active();  // each notification starts anew, and tells no input before it has told idle
}

void WaylandInput::rest() {
  if (m_notification != nullptr) ext_idle_notification_v1_destroy(m_notification);
  m_notification = nullptr;
  if (m_display != nullptr) wl_display_flush(m_display);
}

void WaylandInput::read() {
  // Never waits: where nothing is there after all, nothing is read.
  while (wl_display_prepare_read(m_display) != 0) wl_display_dispatch_pending(m_display);
  const bool alive = wl_display_read_events(m_display) >= 0 && wl_display_dispatch_pending(m_display) >= 0;
  if (!alive || (wl_display_flush(m_display) < 0 && errno != EAGAIN)) hangUp();
}

void WaylandInput::hangUp() {
  letGo();
  setUsable(false);
}

void WaylandInput::letGo() {
  if (m_readable != nullptr) {
    m_readable->setEnabled(false);
    m_readable->deleteLater();
    m_readable = nullptr;
  }
  if (m_notification != nullptr) ext_idle_notification_v1_destroy(m_notification);
  if (m_notifier != nullptr) ext_idle_notifier_v1_destroy(m_notifier);
  if (m_seat != nullptr) wl_seat_destroy(m_seat);
  if (m_registry != nullptr) wl_registry_destroy(m_registry);
  if (m_display != nullptr) wl_display_disconnect(m_display);
  m_notification = nullptr;
  m_notifier = nullptr;
  m_seat = nullptr;
  m_registry = nullptr;
  m_display = nullptr;
}

}  // namespace hearth::gui
