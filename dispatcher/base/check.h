// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace hearth {

/// Ends the process and says what was violated and where. Called by HEARTH_CHECK only.
[[noreturn]] void checkFailed(const char* condition, const char* message, const char* file, int line) noexcept;

}  // namespace hearth

/// A condition that only a bug of ours can break. Stays on in release builds; bad input is never a reason to use it.
#define HEARTH_CHECK(condition, message)                                              \
  do {                                                                                \
    if (!(condition)) ::hearth::checkFailed(#condition, message, __FILE__, __LINE__); \
  } while (false)
