// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <xcb/sync.h>

#include "presence/input_source.h"
#include "presence/platform/linux/x_server.h"

namespace hearth::gui {

/// Input as the X server counts it: an alarm on the SYNC extension's IDLETIME, which is the clock of its screen saver.
/// The server itself tells both edges, so nothing is asked while nothing happens. Not with Xwayland, which sees only
/// what is meant for its own windows.
class XInput : public InputSource {
  Q_OBJECT

 public:
  XInput();

  QString name() const override { return QStringLiteral("x11"); }
  void probe() override;
  void watch(std::chrono::milliseconds idleAfter) override;
  void rest() override;

 private:
  bool findCounter();
  std::chrono::milliseconds idleTime();
  void take(const xcb_generic_event_t& event);
  void arm(xcb_sync_testtype_t test, std::chrono::milliseconds value);
  void see(std::chrono::milliseconds idleTime);

  XServer m_server;
  std::uint8_t m_firstEvent = 0;  ///< of the extension
  xcb_sync_counter_t m_counter = XCB_NONE;
  xcb_sync_alarm_t m_alarm = XCB_NONE;
  std::chrono::milliseconds m_idleAfter{};
};

}  // namespace hearth::gui
