// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ids.h"
#include "base/time.h"

namespace hearth::core {

/// When a host calls again. Hosts call by themselves when they have finished something; what is set here is the
/// heartbeat of those that compute and the question for work of those that do not. Each kind shares a number of calls a
/// second, so that ten hosts are served at once and a million do not storm the server:
/// interval = max(shortest, hosts / calls a second), spread by +-10 % for each host and call.
struct SyncInterval {
  Duration shortest;
  Duration longest;
  std::uint32_t callsPerSecond = 1;

  Duration of(std::size_t hosts) const;
};

/// The interval, moved by up to a tenth by a number of the host's own stream.
Duration spread(Duration interval, HostId host, std::uint64_t call);

}  // namespace hearth::core
