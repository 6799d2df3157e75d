// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sessions.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <systemd/sd-bus.h>

namespace hearth::agent {
namespace {

constexpr std::uint64_t kPatienceMicros = 1'000'000;
constexpr std::size_t kMostSessions = 64;  // of all users
constexpr const char* kLogin = "org.freedesktop.login1";
constexpr const char* kSession = "org.freedesktop.login1.Session";

struct Close {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, Close>;
struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

Message listSessions(sd_bus* bus) {
  sd_bus_message* request = nullptr;
  if (sd_bus_message_new_method_call(bus, &request, kLogin, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                                     "ListSessions") < 0) {
    return nullptr;
  }
  const Message owned(request);
  sd_bus_message_set_auto_start(request, 0);  // where it does not run, nobody has a session
  sd_bus_message* reply = nullptr;
  return sd_bus_call(bus, request, kPatienceMicros, nullptr, &reply) < 0 ? nullptr : Message(reply);
}

std::vector<std::string> sessionsOf(sd_bus* bus, std::uint32_t user) {
  std::vector<std::string> paths;
  const Message reply = listSessions(bus);
  if (!reply || sd_bus_message_enter_container(reply.get(), 'a', "(susso)") <= 0) return paths;
  const char *id = nullptr, *name = nullptr, *seat = nullptr, *path = nullptr;
  std::uint32_t owner = 0;
  for (std::size_t i = 0; i < kMostSessions; ++i) {
    if (sd_bus_message_read(reply.get(), "(susso)", &id, &owner, &name, &seat, &path) <= 0) break;
    if (owner == user) paths.emplace_back(path);
  }
  return paths;
}

bool isSet(sd_bus* bus, const std::string& session, const char* property, bool unknown) {
  int value = 0;
  const int read = sd_bus_get_property_trivial(bus, kLogin, session.c_str(), kSession, property, nullptr, 'b', &value);
  return read < 0 ? unknown : value != 0;
}

bool isOfPerson(sd_bus* bus, const std::string& session) {
  char* text = nullptr;
  if (sd_bus_get_property_string(bus, kLogin, session.c_str(), kSession, "Class", nullptr, &text) < 0) return false;
  const std::unique_ptr<char, decltype(&::free)> owned(text, ::free);
  return std::string(text) == "user";
}

}  // namespace

bool hasActiveSession(std::uint32_t user) {
  sd_bus* opened = nullptr;
  if (sd_bus_open_system(&opened) < 0) return false;
  const Bus bus(opened);
  sd_bus_set_method_call_timeout(bus.get(), kPatienceMicros);
  for (const std::string& session : sessionsOf(bus.get(), user)) {
    // What cannot be read speaks against it.
    if (isOfPerson(bus.get(), session) && isSet(bus.get(), session, "Active", false) &&
        !isSet(bus.get(), session, "Remote", true)) {
      return true;
    }
  }
  return false;
}

}  // namespace hearth::agent
