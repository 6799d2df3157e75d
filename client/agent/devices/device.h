// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/host.h"

namespace hearth::devices {

/// A device for computing as this machine can lend it. Plain value.
struct Device {
  Gpu gpu;
  std::string place;                         ///< its address on the bus, or empty
  std::vector<std::filesystem::path> nodes;  ///< what a task needs of /dev to use it
  bool processor = false;                    ///< it is this machine's processor, driven as a device
  bool operator==(const Device&) const = default;
};

}  // namespace hearth::devices
