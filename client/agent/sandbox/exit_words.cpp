// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/exit_words.h"

#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/limits.h"
#include "sandbox/init_protocol.h"

namespace hearth::sandbox {
namespace {

std::string withUnit(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text,
                value < 10 && value != static_cast<double>(static_cast<long>(value)) ? "%.1f %s" : "%.0f %s", value,
                unit);
  return text;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::string inWords(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= limits::kGiB) return withUnit(value / static_cast<double>(limits::kGiB), "GiB");
  if (bytes >= limits::kMiB) return withUnit(value / static_cast<double>(limits::kMiB), "MiB");
  if (bytes >= limits::kKiB) return withUnit(value / static_cast<double>(limits::kKiB), "KiB");
  return withUnit(value, "bytes");
}

std::string inWords(Duration length) {
  const double seconds = length.inSeconds();
  if (seconds >= 7200) return withUnit(seconds / 3600, "h");
  if (seconds >= 120) return withUnit(seconds / 60, "min");
  if (seconds >= 1) return withUnit(seconds, "s");
  return withUnit(seconds * 1000, "ms");
}

std::string signalInWords(int signal) {
  switch (signal) {
    case SIGSYS:
      return "it was ended because it made a system call that no task may make (SIGSYS)";
    case SIGSEGV:
      return "it crashed: it touched memory that is not its own (SIGSEGV)";
    case SIGILL:
      return "it crashed: it has an instruction that this processor lacks (SIGILL)";
    case SIGABRT:
      return "it gave up by itself (SIGABRT)";
    case SIGKILL:
      return "it was killed, perhaps for want of memory on this machine (SIGKILL)";
    default:
      break;
  }
  const char* name = ::strsignal(signal);
  return "it was ended by signal " + std::to_string(signal) +
         (name != nullptr ? std::string(" (") + name + ")" : std::string());
}

std::string stageInWords(int stage) {
  switch (stage) {
    case kStageCgroup:
      return "the task could not enter its control group";
    case kStageMounts:
      return "the task's folders could not be shown to its user";
    case kStageUser:
      return "the agent, which runs as root, could not become the task's user";
    case kStageBubblewrap:
      return "bubblewrap, or what stands in for it, could not be started";
    case kStageRules:
      return "the task's Landlock rules could not be set";
    case kStageLimits:
      return "the task's limits could not be set";
    case kStageFilter:
      return "the system call filter could not be loaded";
    default:
      return "the sandbox's first process could not begin";
  }
}

std::string bubblewrapInWords(std::string_view printed) {
  if (has(printed, "Unknown option")) {
    return "bubblewrap is too old: 0.8 or later is needed. Install a newer one.";
  }
  if (has(printed, "uid map") || has(printed, "RTM_NEWADDR") || has(printed, "RTM_NEWLINK")) {
    return "a security module of this system (AppArmor on Ubuntu) keeps bubblewrap from using user namespaces. Install "
           "the AppArmor "
           "profile of the hearth-agent package, or set kernel.apparmor_restrict_unprivileged_userns=0.";
  }
  if (has(printed, "Can't mount proc")) {
    return "this system hides parts of /proc from the agent, so that no sandbox can have a /proc of its own. In a "
           "systemd service, leave out "
           "ProtectKernelTunables, ProtectKernelLogs and ProtectProc; in a container, start it with an unmasked /proc.";
  }
  if (has(printed, "Can't find source path")) {
    return "the user that tasks run as cannot reach the agent's folder: move it to where others may enter, or let the "
           "agent run as a user "
           "of its own. bubblewrap said: " +
           std::string(printed.substr(0, printed.find('\n')));
  }
  if (has(printed, "namespace")) {
    return "user namespaces are switched off or used up on this system. Set kernel.unprivileged_userns_clone=1 where "
           "there is such a "
           "setting and user.max_user_namespaces to 1000 or more (sysctl); inside of a container, allow them there.";
  }
  const std::string_view line = printed.substr(0, printed.find('\n'));
  return line.empty() ? "bubblewrap ended without a word" : "bubblewrap made no sandbox: " + std::string(line);
}

}  // namespace hearth::sandbox
