// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSocketNotifier>
#include <cstdint>

#include "presence/input_source.h"

struct wl_display;
struct wl_registry;
struct wl_seat;
struct ext_idle_notifier_v1;
struct ext_idle_notification_v1;

namespace hearth::gui {

/// Input as a Wayland compositor tells it by ext-idle-notify-v1 (KWin from 5.27, wlroots from 0.16, and others), on a
/// connection of our own: the first seat's. A film that keeps the screen on keeps the owner active, too.
class WaylandInput : public InputSource {
  Q_OBJECT

 public:
  WaylandInput() : InputSource(Precision::kAtOnce) {}
  ~WaylandInput() override;

  QString name() const override { return QStringLiteral("wayland"); }
  void probe() override;
  void watch(std::chrono::milliseconds idleAfter) override;
  void rest() override;

 private:
  struct Listener;
  void found(std::uint32_t id, const char* interface);
  void gone(std::uint32_t id);
  void read();
  void hangUp();
  void letGo();

  wl_display* m_display = nullptr;
  wl_registry* m_registry = nullptr;
  wl_seat* m_seat = nullptr;
  ext_idle_notifier_v1* m_notifier = nullptr;
  ext_idle_notification_v1* m_notification = nullptr;
  std::uint32_t m_notifierId = 0, m_seatId = 0;  ///< names of the two in the registry
  std::chrono::milliseconds m_idleAfter{};
  QSocketNotifier* m_readable = nullptr;  ///< a child of ours
};

}  // namespace hearth::gui
