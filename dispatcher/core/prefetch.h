// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace hearth::core {

/// Asks for memory that will be read soon, all its cache lines at once, so that they come while something else is
/// computed instead of one after the other as each is met. A hint: it changes no result, and any address may be given.
inline void prefetch(const void* memory, std::size_t bytes) {
#if defined(__GNUC__)  // g++ and clang
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(static_cast<const char*>(memory) + at);
#else
  static_cast<void>(memory);
  static_cast<void>(bytes);
#endif
}

}  // namespace hearth::core
