// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hearth {

void checkFailed(const char* condition, const char* message, const char* file, int line) noexcept {
  std::fprintf(stderr, "hearth: check failed: %s (%s) at %s:%d\n", message, condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace hearth
