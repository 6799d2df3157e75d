// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <windows.h>

namespace hearth::agent {

/// UTF-8 of what Windows says.
inline std::string narrow(const std::wstring& text) {
  const int length =
      ::WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0, nullptr, nullptr);
  std::string narrowed(static_cast<std::size_t>(length), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), narrowed.data(), length, nullptr,
                        nullptr);
  return narrowed;
}

/// A string of the registry below HKEY_LOCAL_MACHINE; empty where it is not there.
inline std::wstring registryText(const wchar_t* key, const wchar_t* name) {
  wchar_t text[512];
  DWORD bytes = sizeof text;
  // The view of 64-bit programs, whatever this one is.
  const LSTATUS read =
      ::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, nullptr, text, &bytes);
  return read == ERROR_SUCCESS ? std::wstring(text) : std::wstring();
}

}  // namespace hearth::agent
