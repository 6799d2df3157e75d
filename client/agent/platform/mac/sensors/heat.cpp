// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/heat.h"

namespace hearth::agent {

/// macOS tells no degrees, only that it throttles, and to programs of Cocoa alone.
std::optional<double> readHeat(const std::filesystem::path&) { return std::nullopt; }

}  // namespace hearth::agent
