// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/display.h"

// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on

namespace hearth::agent {

struct Display::State {};

Display::Display() = default;
Display::~Display() = default;

/// Of the session that this process is in; a service is in one that has no display.
std::optional<Duration> Display::idle() {
  DWORD session = 0;
  if (::ProcessIdToSessionId(::GetCurrentProcessId(), &session) == 0 || session == 0) return std::nullopt;
  LASTINPUTINFO last{};
  last.cbSize = sizeof last;
  if (::GetLastInputInfo(&last) == 0) return std::nullopt;
  // Both counts are of 32 bits and begin anew after 49 days: so does their difference.
  return Duration::milliseconds(static_cast<DWORD>(::GetTickCount() - last.dwTime));
}

bool Display::fullScreen() {
  QUERY_USER_NOTIFICATION_STATE state{};
  if (FAILED(::SHQueryUserNotificationState(&state))) return false;
  return state == QUNS_BUSY || state == QUNS_RUNNING_D3D_FULL_SCREEN || state == QUNS_PRESENTATION_MODE;
}

}  // namespace hearth::agent
