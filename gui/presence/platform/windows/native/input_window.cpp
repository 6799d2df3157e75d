// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/windows/native/input_window.h"

#include <array>

#include <windows.h>

namespace hearth::gui {
namespace {

constexpr const wchar_t* kClass = L"HearthInput";

}  // namespace

struct InputWindow::Procedure {
  static LRESULT CALLBACK take(HWND window, UINT message, WPARAM first, LPARAM second) {
    if (message == WM_INPUT) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): what open() put there
      const auto* own = reinterpret_cast<const InputWindow*>(::GetWindowLongPtrW(window, GWLP_USERDATA));
      if (own != nullptr) own->m_input();
    }
    return ::DefWindowProcW(window, message, first, second);
  }
};

bool InputWindow::open() {
  WNDCLASSEXW kind{};
  kind.cbSize = sizeof kind;
  kind.lpfnWndProc = Procedure::take;
  kind.hInstance = ::GetModuleHandleW(nullptr);
  kind.lpszClassName = kClass;
  if (::RegisterClassExW(&kind) == 0 && ::GetLastError() != ERROR_CLASS_ALREADY_EXISTS) return false;
  m_window = ::CreateWindowExW(0, kClass, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, kind.hInstance, nullptr);
  if (m_window == nullptr) return false;
  ::SetWindowLongPtrW(m_window, GWLP_USERDATA, reinterpret_cast<LONG_PTR>(this));
  return true;
}

InputWindow::~InputWindow() {
  if (m_window == nullptr) return;
  listen(false);
  ::DestroyWindow(m_window);
}

bool InputWindow::listen(bool wanted) {
  constexpr USHORT kGenericDesktop = 1, kMouse = 2, kKeyboard = 6, kDigitizer = 0x0D, kTouchScreen = 4;
  const DWORD flags = wanted ? RIDEV_INPUTSINK : RIDEV_REMOVE;
  const HWND target = wanted ? m_window : nullptr;
  std::array<RAWINPUTDEVICE, 3> devices{{{kGenericDesktop, kMouse, flags, target},
                                         {kGenericDesktop, kKeyboard, flags, target},
                                         {kDigitizer, kTouchScreen, flags, target}}};
  return ::RegisterRawInputDevices(devices.data(), static_cast<UINT>(devices.size()), sizeof devices[0]) != 0;
}

std::chrono::milliseconds InputWindow::idleTime() {
  LASTINPUTINFO last{};
  last.cbSize = sizeof last;
  if (::GetLastInputInfo(&last) == 0) return {};
  // Both counts are of 32 bits and begin anew after 49 days: so does their difference.
  return std::chrono::milliseconds(static_cast<DWORD>(::GetTickCount() - last.dwTime));
}

}  // namespace hearth::gui
