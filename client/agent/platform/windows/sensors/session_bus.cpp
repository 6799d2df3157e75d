// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/session_bus.h"

// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on

namespace hearth::agent {

struct SessionBus::State {};

SessionBus::SessionBus() = default;
SessionBus::~SessionBus() = default;

/// The display says it.
std::optional<Duration> SessionBus::idle() { return std::nullopt; }

/// What has the display to itself by Direct3D is a game, more often than not.
bool SessionBus::game() {
  QUERY_USER_NOTIFICATION_STATE state{};
  return SUCCEEDED(::SHQueryUserNotificationState(&state)) && state == QUNS_RUNNING_D3D_FULL_SCREEN;
}

}  // namespace hearth::agent
