// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/programs.h"

#include <memory>

// clang-format off
#include <windows.h>
#include <tlhelp32.h>
// clang-format on

#include "agent/platform/windows/text.h"

namespace hearth::agent {
namespace {

struct CloseObject {
  void operator()(void* handle) const { ::CloseHandle(handle); }
};

std::wstring wide(const std::string& text) {
  const int length = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring widened(static_cast<std::size_t>(length), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), widened.data(), length);
  return widened;
}

/// "game" and "Game.exe" both name game.exe.
bool isCalled(const std::wstring& file, const std::wstring& name) {
  const auto equal = [&](const std::wstring& other) {
    return ::CompareStringOrdinal(file.data(), static_cast<int>(file.size()), other.data(),
                                  static_cast<int>(other.size()), TRUE) == CSTR_EQUAL;
  };
  return equal(name) || equal(name + L".exe");
}

}  // namespace

std::string runningProgram(const std::filesystem::path&, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const HANDLE taken = ::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  if (taken == INVALID_HANDLE_VALUE) return {};
  const std::unique_ptr<void, CloseObject> snapshot(taken);
  PROCESSENTRY32W process{};
  process.dwSize = sizeof process;
  for (BOOL more = ::Process32FirstW(taken, &process); more != 0; more = ::Process32NextW(taken, &process)) {
    for (const std::string& name : names) {
      if (isCalled(process.szExeFile, wide(name))) return name;
    }
  }
  return {};
}

}  // namespace hearth::agent
