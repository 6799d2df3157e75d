// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>

#include <CoreFoundation/CoreFoundation.h>
#include <sys/sysctl.h>

namespace hearth::agent {

struct ReleaseRef {
  void operator()(CFTypeRef object) const {
    if (object != nullptr) CFRelease(object);
  }
};
/// What a function of Core Foundation with Create or Copy in its name returned, released with its owner.
template <typename Ref>
using Owned = std::unique_ptr<std::remove_pointer_t<Ref>, ReleaseRef>;

inline std::string textOf(CFTypeRef object) {
  char text[512];
  if (object == nullptr || CFGetTypeID(object) != CFStringGetTypeID() ||
      !CFStringGetCString(static_cast<CFStringRef>(object), text, sizeof text, kCFStringEncodingUTF8)) {
    return {};
  }
  return text;
}

/// Zero where the system does not say.
template <typename Value>
Value systemValue(const char* name) {
  Value value{};
  std::size_t size = sizeof value;
  return ::sysctlbyname(name, &value, &size, nullptr, 0) == 0 ? value : Value{};
}

inline std::string systemText(const char* name) {
  char text[512] = {};
  std::size_t size = sizeof text - 1;
  return ::sysctlbyname(name, text, &size, nullptr, 0) == 0 ? text : std::string();
}

}  // namespace hearth::agent
