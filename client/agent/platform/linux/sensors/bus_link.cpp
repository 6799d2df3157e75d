// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/linux/sensors/bus_link.h"

#include <utility>

namespace hearth::agent {
namespace {

constexpr std::uint64_t kPatienceMicros = 1'000'000;

}  // namespace

bool BusLink::reach() {
  if (m_bus != nullptr && sd_bus_is_open(m_bus) > 0) return true;
  hangUp();
  return (m_kind == Kind::kSystem ? sd_bus_open_system(&m_bus) : sd_bus_open_user(&m_bus)) >= 0;
}

BusMessage BusLink::call(const char* service, const char* path, const char* interface, const char* method,
                         const char* first, const char* second) {
  if (m_bus == nullptr) return nullptr;
  sd_bus_message* request = nullptr;
  if (sd_bus_message_new_method_call(m_bus, &request, service, path, interface, method) < 0) return nullptr;
  const BusMessage owned(request);
  sd_bus_message_set_auto_start(request, 0);
  if (first != nullptr && sd_bus_message_append(request, "ss", first, second) < 0) return nullptr;
  sd_bus_message* reply = nullptr;
  const int done = sd_bus_call(m_bus, request, kPatienceMicros, nullptr, &reply);
  BusMessage answer(reply);
  if (done < 0 && sd_bus_is_open(m_bus) <= 0) hangUp();
  return done < 0 ? nullptr : std::move(answer);
}

BusMessage BusLink::property(const char* service, const char* path, const char* interface, const char* name, char type,
                             void* value) {
  BusMessage reply = call(service, path, "org.freedesktop.DBus.Properties", "Get", interface, name);
  const char signature[] = {type, '\0'};
  const bool read = reply && sd_bus_message_enter_container(reply.get(), 'v', signature) > 0 &&
                    sd_bus_message_read_basic(reply.get(), type, value) > 0;
  return read ? std::move(reply) : nullptr;
}

}  // namespace hearth::agent
