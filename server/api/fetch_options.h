// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/time.h"

namespace hearth::server {

/// What an admin may allow of fetching files for people. Plain values.
struct FetchOptions {
  bool privateAddresses = false;  ///< addresses of this machine and of local networks, too
  std::string authorities;        ///< PEM file of the authorities that are believed; empty: those of the system
  std::uint64_t mostBytes = 16 * limits::kGiB;
  Duration longest = Duration::hours(2);
};

}  // namespace hearth::server
