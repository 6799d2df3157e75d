// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/sessions.h"

#include <SystemConfiguration/SystemConfiguration.h>

#include "agent/platform/mac/owned.h"

namespace hearth::agent {

/// The one who is logged in at the screen; at the login window that is root, who needs no leave.
bool hasActiveSession(std::uint32_t user) {
  uid_t console = 0;
  const Owned<CFStringRef> name(::SCDynamicStoreCopyConsoleUser(nullptr, &console, nullptr));
  return name && console == user;
}

}  // namespace hearth::agent
