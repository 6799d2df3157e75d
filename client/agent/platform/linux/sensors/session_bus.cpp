// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/session_bus.h"

#include <algorithm>
#include <cstdint>

#include "agent/platform/linux/sensors/bus_link.h"

namespace hearth::agent {
namespace {

constexpr const char* kMutter = "org.gnome.Mutter.IdleMonitor";
constexpr const char* kGames = "com.feralinteractive.GameMode";
constexpr std::uint64_t kLongestIdle = 1ULL << 40;  // in milliseconds: what is beyond measures nothing

}  // namespace

struct SessionBus::State {
  BusLink bus{BusLink::Kind::kSession};
};

SessionBus::SessionBus() : m_state(std::make_unique<State>()) {}
SessionBus::~SessionBus() = default;

std::optional<Duration> SessionBus::idle() {
  BusLink& bus = m_state->bus;
  if (!bus.reach()) return std::nullopt;
  const BusMessage reply = bus.call(kMutter, "/org/gnome/Mutter/IdleMonitor/Core", kMutter, "GetIdletime");
  std::uint64_t milliseconds = 0;
  if (!reply || sd_bus_message_read_basic(reply.get(), 't', &milliseconds) <= 0) return std::nullopt;
  return Duration::milliseconds(static_cast<std::int64_t>(std::min(milliseconds, kLongestIdle)));
}

bool SessionBus::game() {
  BusLink& bus = m_state->bus;
  std::int32_t clients = 0;
  return bus.reach() && bus.property(kGames, "/com/feralinteractive/GameMode", kGames, "ClientCount", 'i', &clients) &&
         clients > 0;
}

}  // namespace hearth::agent
