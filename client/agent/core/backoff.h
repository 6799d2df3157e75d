// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace hearth::agent {

/// How long to wait after the n-th failure in a row (n >= 1): uniform between `first` and a bound that doubles with
/// each failure up to `longest`, so that agents which lost their server at one moment do not come back at one moment.
inline Duration backOff(std::uint32_t failures, Duration first, Duration longest, RandomStream& random) {
  std::int64_t bound = first.micros;
  for (std::uint32_t i = 0; i < failures && bound < longest.micros; ++i) bound *= 2;
  if (bound > longest.micros) bound = longest.micros;
  return {first.micros + static_cast<std::int64_t>(random.unit() * static_cast<double>(bound - first.micros))};
}

}  // namespace hearth::agent
