// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

namespace hearth::agent {

/// The speed to report for this machine: the one that `file` remembers, unless what was measured now is more than a
/// quarter away from it; then that, which is remembered in turn. So a host's description does not change at every start
/// for nothing. A file that cannot be read or written costs just that.
std::uint32_t settledSpeed(const std::filesystem::path& file, std::uint32_t measured);

}  // namespace hearth::agent
