// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/load.h"

#include <cstdio>
#include <string>

#include <unistd.h>

#include "agent/platform/sensors/small_file.h"

namespace hearth::agent {

std::optional<double> readMemoryPressure(const std::filesystem::path& root) {
  const std::string text = smallFile(root / "proc/pressure/memory");
  double percent = 0;
  if (std::sscanf(text.c_str(), "some avg10=%lf", &percent) != 1) return std::nullopt;
  return percent;
}

std::optional<double> OthersLoad::see(const std::filesystem::path& root, Duration ownTime) {
  const std::string text = smallFile(root / "proc/stat");
  unsigned long long user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
  if (std::sscanf(text.c_str(), "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait,
                  &irq, &softirq, &steal) != 8) {
    return std::nullopt;
  }
  const std::uint64_t busy = user + nice + system + irq + softirq;
  return note({busy, busy + idle + wait + steal, ownTime}, static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace hearth::agent
