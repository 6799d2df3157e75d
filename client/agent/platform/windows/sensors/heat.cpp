// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/heat.h"

namespace hearth::agent {

/// No documented call tells a processor's temperature without a driver of its maker's.
std::optional<double> readHeat(const std::filesystem::path&) { return std::nullopt; }

}  // namespace hearth::agent
