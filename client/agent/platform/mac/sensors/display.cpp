// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sensors/display.h"

#include <ApplicationServices/ApplicationServices.h>

namespace hearth::agent {

struct Display::State {};

Display::Display() = default;
Display::~Display() = default;

std::optional<Duration> Display::idle() {
  const double seconds =
      ::CGEventSourceSecondsSinceLastEventType(kCGEventSourceStateHIDSystemState, kCGAnyInputEventType);
  if (seconds < 0) return std::nullopt;
  return Duration::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// Only a program of the session can tell: the tray does.
bool Display::fullScreen() { return false; }

}  // namespace hearth::agent
