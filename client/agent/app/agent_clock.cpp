// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/agent_clock.h"

#include <atomic>
#include <charconv>
#include <cstdint>
#include <string>

#include "agent/platform/files.h"
#include "agent/platform/host_facts.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kFileBytes = 200;

/// The agent's time less the time since the machine was started.
std::atomic<std::int64_t>& offset() {
  static std::atomic<std::int64_t> micros = wallClock().micros - bootClock().micros;
  return micros;
}

}  // namespace

Instant agentClock() { return {offset().load() + bootClock().micros}; }

void continueClock(const std::filesystem::path& file) {
  const std::string boot = bootName();
  if (boot.empty()) return;
  const auto kept = readSmallFile(file, kFileBytes);
  if (kept && kept->starts_with(boot + " ")) {
    const char* const from = kept->data() + boot.size() + 1;
    std::int64_t micros = 0;
    if (std::from_chars(from, kept->data() + kept->size(), micros).ec == std::errc{}) {
      offset() = micros;
      return;
    }
  }
  // Where it cannot be written, an agent that is started again goes by the wall.
  (void)writeFileDurably(file, boot + " " + std::to_string(offset().load()) + "\n", 0600);
}

}  // namespace hearth::agent
