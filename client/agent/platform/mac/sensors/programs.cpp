// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/programs.h"

#include <libproc.h>

namespace hearth::agent {

std::string runningProgram(const std::filesystem::path&, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const int bytes = ::proc_listallpids(nullptr, 0);
  if (bytes <= 0) return {};
  constexpr std::size_t kMore = 64;  // that may start meanwhile
  std::vector<pid_t> processes(static_cast<std::size_t>(bytes) + kMore);
  const int count = ::proc_listallpids(processes.data(), static_cast<int>(processes.size() * sizeof(pid_t)));
  for (int i = 0; i < count; ++i) {
    char running[2 * MAXCOMLEN + 1] = {};
    if (::proc_name(processes[static_cast<std::size_t>(i)], running, sizeof running) <= 0) continue;
    for (const std::string& name : names) {
      if (name == running) return name;
    }
  }
  return {};
}

}  // namespace hearth::agent
