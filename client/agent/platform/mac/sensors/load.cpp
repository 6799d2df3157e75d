// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/load.h"

#include <mach/mach.h>
#include <unistd.h>

#include "agent/platform/mac/owned.h"

namespace hearth::agent {
namespace {

constexpr int kNormal = 1;  // of kern.memorystatus_vm_pressure_level; 2 warns, 4 is critical

}  // namespace

/// macOS does not say how long programs waited: where it warns, they wait always.
std::optional<double> readMemoryPressure(const std::filesystem::path&) {
  const int level = systemValue<int>("kern.memorystatus_vm_pressure_level");
  if (level == 0) return std::nullopt;
  return level > kNormal ? 100.0 : 0.0;
}

std::optional<double> OthersLoad::see(const std::filesystem::path&, Duration ownTime) {
  host_cpu_load_info_data_t load{};
  mach_msg_type_number_t count = HOST_CPU_LOAD_INFO_COUNT;
  if (::host_statistics(::mach_host_self(), HOST_CPU_LOAD_INFO, reinterpret_cast<host_info_t>(&load), &count) !=
      KERN_SUCCESS) {
    return std::nullopt;
  }
  const std::uint64_t busy =
      std::uint64_t{load.cpu_ticks[CPU_STATE_USER]} + load.cpu_ticks[CPU_STATE_NICE] + load.cpu_ticks[CPU_STATE_SYSTEM];
  return note({busy, busy + load.cpu_ticks[CPU_STATE_IDLE], ownTime}, static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace hearth::agent
