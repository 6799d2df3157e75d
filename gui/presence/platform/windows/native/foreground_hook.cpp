// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/windows/native/foreground_hook.h"

#include <utility>

// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on

namespace hearth::gui {
namespace {

/// Windows hands no data of ours to the hook.
std::function<void()>& told() {
  static std::function<void()> changed;
  return changed;
}

void CALLBACK take(HWINEVENTHOOK, DWORD, HWND, LONG, LONG, DWORD, DWORD) {
  if (told()) told()();
}

QUERY_USER_NOTIFICATION_STATE state() {
  QUERY_USER_NOTIFICATION_STATE state = QUNS_ACCEPTS_NOTIFICATIONS;
  return SUCCEEDED(::SHQueryUserNotificationState(&state)) ? state : QUNS_ACCEPTS_NOTIFICATIONS;
}

}  // namespace

ForegroundHook::ForegroundHook(std::function<void()> changed) {
  told() = std::move(changed);
  m_hook =
      ::SetWinEventHook(EVENT_SYSTEM_FOREGROUND, EVENT_SYSTEM_FOREGROUND, nullptr, take, 0, 0, WINEVENT_OUTOFCONTEXT);
}

ForegroundHook::~ForegroundHook() {
  if (m_hook != nullptr) ::UnhookWinEvent(m_hook);
  told() = nullptr;
}

bool ForegroundHook::fillsScreen() {
  const auto now = state();
  return now == QUNS_BUSY || now == QUNS_RUNNING_D3D_FULL_SCREEN || now == QUNS_PRESENTATION_MODE;
}

bool ForegroundHook::isGame() { return state() == QUNS_RUNNING_D3D_FULL_SCREEN; }

}  // namespace hearth::gui
