// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace hearth {

/// RFC 3339 in UTC: "2026-01-31T08:15:00Z", with six decimals where the instant is not on a whole second. Years 0 to
/// 9999; what lies outside is shown as the nearest end.
std::string formatInstant(Instant instant);

/// Reads RFC 3339: a numeric offset and up to nine decimals are accepted (what is below a microsecond is dropped).
Result<Instant> parseInstant(std::string_view text);

}  // namespace hearth
