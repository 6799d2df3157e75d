// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "server/config/config.h"

namespace hearth::server {

/// Puts an address to listen at into the configuration: "ADDR:PORT", "[ADDR]:PORT", "ADDR" or ":PORT".
Result<void> readListen(const std::string& text, Config& config);

}  // namespace hearth::server
