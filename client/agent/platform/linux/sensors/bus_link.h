// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include <systemd/sd-bus.h>

namespace hearth::agent {

struct UnrefMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, UnrefMessage>;

/// A connection to one of the D-Buses, opened when it is needed and again when it has gone. Starts no service; a call
/// waits for a second at most, and what fails says nothing. One thread.
class BusLink {
 public:
  enum class Kind { kSystem, kSession };

  explicit BusLink(Kind kind) : m_kind(kind) {}
  ~BusLink() { hangUp(); }
  BusLink(const BusLink&) = delete;
  BusLink& operator=(const BusLink&) = delete;

  /// False: there is no such bus.
  bool reach();
  /// A method that takes nothing, or two strings. Null: it failed.
  BusMessage call(const char* service, const char* path, const char* interface, const char* method,
                  const char* first = nullptr, const char* second = nullptr);
  /// Reads a property of a basic type into `value`; of a string its text lives as long as the message that it is in.
  BusMessage property(const char* service, const char* path, const char* interface, const char* name, char type,
                      void* value);

 private:
  void hangUp() { m_bus = sd_bus_flush_close_unref(m_bus); }

  const Kind m_kind;
  sd_bus* m_bus = nullptr;
};

}  // namespace hearth::agent
