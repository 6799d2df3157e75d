// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/x_input.h"

#include <cstring>
#include <string_view>

namespace hearth::gui {
namespace {

using std::chrono::milliseconds;

xcb_sync_int64_t packed(milliseconds value) {
  const std::int64_t count = value.count();
  return {static_cast<std::int32_t>(count >> 32), static_cast<std::uint32_t>(count)};
}

milliseconds unpacked(xcb_sync_int64_t value) { return milliseconds((std::int64_t{value.hi} << 32) | value.lo); }

/// Right behind its length: xcb's own function skips what a compiler adds to the structure and the protocol does not.
std::string_view nameOf(const xcb_sync_systemcounter_t& counter) {
  return {reinterpret_cast<const char*>(&counter.name_len + 1), counter.name_len};
}

}  // namespace

XInput::XInput()
    : InputSource(Precision::kAtOnce), m_server([this](const xcb_generic_event_t& event) { take(event); }) {
  connect(&m_server, &XServer::lost, this, [this] { setUsable(false); });
}

void XInput::probe() {
  // Older Xwaylands do not say that they are one.
  if (qEnvironmentVariableIsSet("WAYLAND_DISPLAY") || !m_server.connect()) return;
  if (m_server.hasExtension("XWAYLAND") || !findCounter()) return m_server.hangUp();
  setUsable(true);
}

bool XInput::findCounter() {
  xcb_connection_t* server = m_server.connection();
  const xcb_query_extension_reply_t* sync = xcb_get_extension_data(server, &xcb_sync_id);
  if (sync == nullptr || sync->present == 0) return false;
  m_firstEvent = sync->first_event;
  const auto version = owned(xcb_sync_initialize_reply(server, xcb_sync_initialize(server, 3, 1), nullptr));
  const auto list = owned(xcb_sync_list_system_counters_reply(server, xcb_sync_list_system_counters(server), nullptr));
  if (!version || !list) return false;
  for (auto each = xcb_sync_list_system_counters_counters_iterator(list.get()); each.rem > 0;
       xcb_sync_systemcounter_next(&each)) {
    if (nameOf(*each.data) == "IDLETIME") m_counter = each.data->counter;
  }
  return m_counter != XCB_NONE;
}

milliseconds XInput::idleTime() {
  xcb_connection_t* server = m_server.connection();
  const auto reply = owned(xcb_sync_query_counter_reply(server, xcb_sync_query_counter(server, m_counter), nullptr));
  return reply ? unpacked(reply->counter_value) : milliseconds(0);
}

void XInput::watch(milliseconds idleAfter) {
  if (!usable()) return;
  m_idleAfter = idleAfter;
  see(idleTime());
}

void XInput::rest() {
  if (m_alarm == XCB_NONE || m_server.connection() == nullptr) return;
  xcb_sync_destroy_alarm(m_server.connection(), m_alarm);
  m_alarm = XCB_NONE;
  m_server.flush();
}

/// Comparisons, not transitions: what happened before the alarm was set goes off at once, so no key is lost between two
/// alarms. Without a delta an alarm goes off once.
void XInput::arm(xcb_sync_testtype_t test, milliseconds value) {
  xcb_connection_t* server = m_server.connection();
  constexpr std::uint32_t kValues = XCB_SYNC_CA_COUNTER | XCB_SYNC_CA_VALUE_TYPE | XCB_SYNC_CA_VALUE |
                                    XCB_SYNC_CA_TEST_TYPE | XCB_SYNC_CA_DELTA | XCB_SYNC_CA_EVENTS;
  if (m_alarm == XCB_NONE) {
    m_alarm = xcb_generate_id(server);
    const xcb_sync_create_alarm_value_list_t values{
        m_counter, XCB_SYNC_VALUETYPE_ABSOLUTE, packed(value), static_cast<std::uint32_t>(test), {0, 0}, 1};
    xcb_sync_create_alarm_aux(server, m_alarm, kValues, &values);
  } else {
    const xcb_sync_change_alarm_value_list_t values{
        m_counter, XCB_SYNC_VALUETYPE_ABSOLUTE, packed(value), static_cast<std::uint32_t>(test), {0, 0}, 1};
    xcb_sync_change_alarm_aux(server, m_alarm, kValues, &values);
  }
  m_server.flush();
}

void XInput::see(milliseconds idleTime) {
  if (idleTime >= m_idleAfter) {
    arm(XCB_SYNC_TESTTYPE_NEGATIVE_COMPARISON, m_idleAfter - milliseconds(1));
    emit idle(idleTime);
  } else {
    arm(XCB_SYNC_TESTTYPE_POSITIVE_COMPARISON, m_idleAfter);
    emit active();
  }
}

void XInput::take(const xcb_generic_event_t& event) {
  constexpr std::uint8_t kSent = 0x80;  // by another client
  if ((event.response_type & ~kSent) != m_firstEvent + XCB_SYNC_ALARM_NOTIFY) return;
  xcb_sync_alarm_notify_event_t alarm;
  std::memcpy(&alarm, &event, sizeof alarm);
  if (m_alarm != XCB_NONE && alarm.alarm == m_alarm) see(unpacked(alarm.counter_value));
}

}  // namespace hearth::gui
