// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/machine_marks.h"

#include <algorithm>

#include <IOKit/IOKitLib.h>

#include "agent/platform/mac/owned.h"

namespace hearth::agent {

/// `root` has no meaning here. The board's serial number and UUID are the firmware's: a copy of the disk has others.
std::vector<std::string> machineMarks(const std::filesystem::path&) {
  std::vector<std::string> marks;
  const io_service_t board =
      ::IOServiceGetMatchingService(MACH_PORT_NULL, ::IOServiceMatching("IOPlatformExpertDevice"));
  if (board == IO_OBJECT_NULL) return marks;
  for (const CFStringRef name : {CFSTR(kIOPlatformUUIDKey), CFSTR(kIOPlatformSerialNumberKey)}) {
    const Owned<CFTypeRef> value(::IORegistryEntryCreateCFProperty(board, name, kCFAllocatorDefault, 0));
    if (const std::string text = textOf(value.get()); !text.empty()) marks.push_back("board:" + text);
  }
  ::IOObjectRelease(board);
  std::sort(marks.begin(), marks.end());
  return marks;
}

}  // namespace hearth::agent
