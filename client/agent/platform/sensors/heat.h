// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

namespace hearth::agent {

/// Degrees Celsius of the processors' hottest sensor, from /sys/class/hwmon and /sys/class/thermal; where none is known
/// to be a processor's, of the hottest zone. None: the machine has none.
std::optional<double> readHeat(const std::filesystem::path& root);

}  // namespace hearth::agent
