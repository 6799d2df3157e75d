// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/system_bus.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <systemd/sd-bus.h>

namespace hearth::agent {
namespace {

constexpr std::uint64_t kPatienceMicros = 1'000'000;
constexpr std::size_t kMostSessions = 64;
constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kNetwork = "org.freedesktop.NetworkManager";

struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

}  // namespace

struct SystemBus::State {
  sd_bus* bus = nullptr;

  ~State() { hangUp(); }
  void hangUp() { bus = sd_bus_flush_close_unref(bus); }

  bool reach() {
    if (bus != nullptr && sd_bus_is_open(bus) > 0) return true;
    hangUp();
    return sd_bus_open_system(&bus) >= 0;
  }

  Message call(const char* service, const char* path, const char* interface, const char* method, const char* first,
               const char* second) {
    sd_bus_message* request = nullptr;
    if (sd_bus_message_new_method_call(bus, &request, service, path, interface, method) < 0) return nullptr;
    const Message owned(request);
    sd_bus_message_set_auto_start(request, 0);
    if (first != nullptr && sd_bus_message_append(request, "ss", first, second) < 0) return nullptr;
    sd_bus_message* reply = nullptr;
    const int done = sd_bus_call(bus, request, kPatienceMicros, nullptr, &reply);
    Message answer(reply);
    if (done < 0 && sd_bus_is_open(bus) <= 0) hangUp();
    return done < 0 ? nullptr : std::move(answer);
  }

  /// Reads a property of a basic type into `value`.
  bool property(const char* service, const char* path, const char* interface, const char* name, char type,
                void* value) {
    if (bus == nullptr) return false;
    const Message reply = call(service, path, "org.freedesktop.DBus.Properties", "Get", interface, name);
    const char signature[] = {type, '\0'};
    return reply && sd_bus_message_enter_container(reply.get(), 'v', signature) > 0 &&
           sd_bus_message_read_basic(reply.get(), type, value) > 0;
  }

  std::vector<std::string> sessions() {
    std::vector<std::string> paths;
    const Message reply =
        call(kLogin, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "ListSessions", nullptr, nullptr);
    if (!reply || sd_bus_message_enter_container(reply.get(), 'a', "(susso)") <= 0) return paths;
    const char *id = nullptr, *user = nullptr, *seat = nullptr, *path = nullptr;
    std::uint32_t number = 0;
    while (paths.size() < kMostSessions &&
           sd_bus_message_read(reply.get(), "(susso)", &id, &number, &user, &seat, &path) > 0) {
      paths.emplace_back(path);
    }
    return paths;
  }

  bool isGraphical(const std::string& session) {
    if (bus == nullptr) return false;
    const Message reply = call(kLogin, session.c_str(), "org.freedesktop.DBus.Properties", "Get",
                               "org.freedesktop.login1.Session", "Type");
    const char* type = nullptr;
    if (!reply || sd_bus_message_enter_container(reply.get(), 'v', "s") <= 0 ||
        sd_bus_message_read_basic(reply.get(), 's', &type) <= 0) {
      return false;
    }
    return std::string(type) == "x11" || std::string(type) == "wayland";
  }
};

SystemBus::SystemBus() : m_state(std::make_unique<State>()) {}
SystemBus::~SystemBus() = default;

std::optional<Instant> SystemBus::lastInput(Instant now) {
  State& own = *m_state;
  if (!own.reach()) return std::nullopt;
  std::optional<Instant> last;
  for (const std::string& session : own.sessions()) {
    constexpr const char* kSession = "org.freedesktop.login1.Session";
    int idle = 0;
    std::uint64_t since = 0;
    if (!own.isGraphical(session) || !own.property(kLogin, session.c_str(), kSession, "IdleHint", 'b', &idle)) continue;
    if (idle != 0 && !own.property(kLogin, session.c_str(), kSession, "IdleSinceHint", 't', &since)) continue;
    const Instant input = idle == 0 ? now : Instant{static_cast<std::int64_t>(since)};
    last = std::max(last.value_or(input), input);
  }
  return last;
}

bool SystemBus::metered() {
  State& own = *m_state;
  if (!own.reach()) return false;
  constexpr std::uint32_t kYes = 1, kGuessYes = 3;
  std::uint32_t metered = 0;
  if (!own.property(kNetwork, "/org/freedesktop/NetworkManager", kNetwork, "Metered", 'u', &metered)) return false;
  return metered == kYes || metered == kGuessYes;
}

}  // namespace hearth::agent
