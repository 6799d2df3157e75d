// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/load.h"

#include <algorithm>

#include <windows.h>

namespace hearth::agent {
namespace {

constexpr double kTicksOfASecond = 1e7;
constexpr DWORD kScarce = 95;  // percent of memory in use

std::uint64_t ticks(const FILETIME& time) { return (std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime; }

}  // namespace

/// Windows does not say how long programs waited: where memory is all but used up, they wait always.
std::optional<double> readMemoryPressure(const std::filesystem::path&) {
  MEMORYSTATUSEX memory{};
  memory.dwLength = sizeof memory;
  if (::GlobalMemoryStatusEx(&memory) == 0) return std::nullopt;
  return memory.dwMemoryLoad >= kScarce ? 100.0 : 0.0;
}

std::optional<double> OthersLoad::see(const std::filesystem::path&, Duration ownTime) {
  FILETIME idle{}, kernel{}, user{};
  if (::GetSystemTimes(&idle, &kernel, &user) == 0) return std::nullopt;
  const std::uint64_t whole = ticks(kernel) + ticks(user);  // the kernel's holds what is idle
  return note({whole - std::min(whole, ticks(idle)), whole, ownTime}, kTicksOfASecond);
}

}  // namespace hearth::agent
