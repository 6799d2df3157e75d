// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include <dlfcn.h>

#include "probe.h"

namespace hearth::devices::probe {

Library::Library(const char* name) : m_handle(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}

void* Library::address(const char* name) const { return ::dlsym(m_handle, name); }

std::string busAddress(unsigned domain, unsigned bus, unsigned device, unsigned function) {
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, device & 0x1f, function & 7);
  return text;
}

}  // namespace hearth::devices::probe
