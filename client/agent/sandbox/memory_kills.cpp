// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/memory_kills.h"

#include <fstream>
#include <string>
#include <utility>

namespace hearth::sandbox {

MemoryKills::MemoryKills(std::filesystem::path counters) : m_counters(std::move(counters)) { m_seen.fill(count()); }

void MemoryKills::look() { m_seen = {m_seen[1], count()}; }

bool MemoryKills::wereThere() const { return count() > m_seen[0]; }

std::uint64_t MemoryKills::count() const {
  std::ifstream counters(m_counters);
  std::string name;
  for (std::uint64_t value = 0; counters >> name >> value;) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace hearth::sandbox
