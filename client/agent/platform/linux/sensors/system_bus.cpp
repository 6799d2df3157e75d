// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/system_bus.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/linux/sensors/bus_link.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kMostSessions = 64;
constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kSession = "org.freedesktop.login1.Session";
constexpr const char* kNetwork = "org.freedesktop.NetworkManager";
constexpr const char* kPower = "org.freedesktop.UPower";

std::vector<std::string> sessions(BusLink& bus) {
  std::vector<std::string> paths;
  const BusMessage reply =
      bus.call(kLogin, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "ListSessions");
  if (!reply || sd_bus_message_enter_container(reply.get(), 'a', "(susso)") <= 0) return paths;
  const char *id = nullptr, *user = nullptr, *seat = nullptr, *path = nullptr;
  std::uint32_t number = 0;
  while (paths.size() < kMostSessions &&
         sd_bus_message_read(reply.get(), "(susso)", &id, &number, &user, &seat, &path) > 0) {
    paths.emplace_back(path);
  }
  return paths;
}

bool reads(BusLink& bus, const std::string& session, const char* name, std::string_view text) {
  const char* value = nullptr;
  const BusMessage reply = bus.property(kLogin, session.c_str(), kSession, name, 's', &value);
  return reply && text == value;
}

/// A person's, and in front of the machine now: nobody's hand reaches one that another has been switched to, and at a
/// login screen, which often never says that it is idle, sits nobody yet.
bool isUsable(BusLink& bus, const std::string& session) {
  int active = 0;
  return (reads(bus, session, "Type", "x11") || reads(bus, session, "Type", "wayland")) &&
         reads(bus, session, "Class", "user") &&
         bus.property(kLogin, session.c_str(), kSession, "Active", 'b', &active) && active != 0;
}

}  // namespace

struct SystemBus::State {
  BusLink bus{BusLink::Kind::kSystem};
};

SystemBus::SystemBus() : m_state(std::make_unique<State>()) {}
SystemBus::~SystemBus() = default;

std::optional<Instant> SystemBus::lastInput(Instant now) {
  BusLink& bus = m_state->bus;
  if (!bus.reach()) return std::nullopt;
  std::optional<Instant> last;
  for (const std::string& session : sessions(bus)) {
    int idle = 0;
    std::uint64_t since = 0;
    if (!isUsable(bus, session) || !bus.property(kLogin, session.c_str(), kSession, "IdleHint", 'b', &idle)) {
      continue;
    }
    if (idle != 0 && !bus.property(kLogin, session.c_str(), kSession, "IdleSinceHint", 't', &since)) continue;
    const Instant input = idle == 0 ? now : Instant{static_cast<std::int64_t>(since)};
    last = std::max(last.value_or(input), input);
  }
  return last;
}

bool SystemBus::metered() {
  BusLink& bus = m_state->bus;
  if (!bus.reach()) return false;
  constexpr std::uint32_t kYes = 1, kGuessYes = 3;
  std::uint32_t metered = 0;
  if (!bus.property(kNetwork, "/org/freedesktop/NetworkManager", kNetwork, "Metered", 'u', &metered)) return false;
  return metered == kYes || metered == kGuessYes;
}

std::optional<Power> SystemBus::power() {
  BusLink& bus = m_state->bus;
  int onBattery = 0, present = 0;
  if (!bus.reach() || !bus.property(kPower, "/org/freedesktop/UPower", kPower, "OnBattery", 'b', &onBattery)) {
    return std::nullopt;
  }
  Power power;
  power.onBattery = onBattery != 0;
  constexpr const char *kAll = "/org/freedesktop/UPower/devices/DisplayDevice",
                       *kDevice = "org.freedesktop.UPower.Device";
  double percent = 0;
  if (bus.property(kPower, kAll, kDevice, "IsPresent", 'b', &present) && present != 0 &&
      bus.property(kPower, kAll, kDevice, "Percentage", 'd', &percent)) {
    power.charge = static_cast<std::uint32_t>(std::lround(std::clamp(percent, 0.0, 100.0)));
  }
  return power;
}

}  // namespace hearth::agent
