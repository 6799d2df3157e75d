// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync_interval.h"

#include <algorithm>

#include "base/random.h"

namespace hearth::core {

Duration SyncInterval::of(std::size_t hosts) const {
  const auto share = Duration::milliseconds(static_cast<std::int64_t>(hosts * 1'000 / callsPerSecond));
  return std::clamp(share, shortest, std::max(shortest, longest));
}

Duration spread(Duration interval, HostId host, std::uint64_t call) {
  RandomStream random(host.value * 0x9E3779B97F4A7C15ULL + call);
  const std::int64_t tenth = interval.inMilliseconds() / 10;
  if (tenth <= 0) return interval;
  const auto width = static_cast<std::uint32_t>(std::min<std::int64_t>(2 * tenth + 1, UINT32_MAX));
  return interval + Duration::milliseconds(static_cast<std::int64_t>(random.below(width)) - tenth);
}

}  // namespace hearth::core
