// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/processor_share.h"

#include <algorithm>

namespace hearth::sandbox {

ProcessorShare::ProcessorShare() {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) return;  // more than CPU_SETSIZE processors: all for everyone
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &ours)) m_processors.push_back(cpu);
  }
  m_users.resize(m_processors.size());
}

std::optional<cpu_set_t> ProcessorShare::take(std::uint32_t count) {
  const std::lock_guard lock(m_mutex);
  if (count >= m_processors.size()) return std::nullopt;
  cpu_set_t taken;
  CPU_ZERO(&taken);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::size_t best = m_processors.size();
    for (std::size_t at = 0; at < m_processors.size(); ++at) {
      if (CPU_ISSET(m_processors[at], &taken)) continue;
      if (best == m_processors.size() || m_users[at] < m_users[best]) best = at;
    }
    CPU_SET(m_processors[best], &taken);
    ++m_users[best];
  }
  return taken;
}

void ProcessorShare::giveBack(const cpu_set_t& processors) {
  const std::lock_guard lock(m_mutex);
  for (std::size_t at = 0; at < m_processors.size(); ++at) {
    if (CPU_ISSET(m_processors[at], &processors)) --m_users[at];
  }
}

}  // namespace hearth::sandbox
