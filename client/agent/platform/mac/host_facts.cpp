// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/host_facts.h"

#include <algorithm>
#include <climits>
#include <cstdlib>

#include <mach-o/dyld.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent/platform/mac/owned.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

std::int64_t microsOf(clockid_t clock) {
  struct timespec time {};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000;
}

}  // namespace

HostFacts detectHost() {
  HostFacts facts;
  struct utsname names {};
  if (uname(&names) == 0) {
    facts.name = std::string(names.nodename).substr(0, limits::kNameBytes);
    facts.platform = std::string("macos-") + (std::string(names.machine) == "arm64" ? "aarch64" : names.machine);
  }
  facts.processor = systemText("machdep.cpu.brand_string").substr(0, limits::kNameBytes);
  if (facts.processor.empty()) facts.processor = "unknown processor";
  facts.processors = static_cast<std::uint32_t>(std::max(1, systemValue<int>("hw.activecpu")));
  facts.memoryBytes = systemValue<std::uint64_t>("hw.memsize");
  return facts;
}

Instant wallClock() { return {microsOf(CLOCK_REALTIME)}; }
/// The monotonic clock of macOS goes on while the machine sleeps, unlike its uptime.
Duration bootClock() { return {microsOf(CLOCK_MONOTONIC)}; }

std::uint64_t randomSeed() {
  std::uint64_t seed = 0;
  ::arc4random_buf(&seed, sizeof seed);
  return seed;
}

std::filesystem::path programFolder() {
  char path[PATH_MAX];
  std::uint32_t size = sizeof path;
  if (::_NSGetExecutablePath(path, &size) != 0) return "/usr/local/bin";
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  return error ? std::filesystem::path("/usr/local/bin") : real.parent_path();
}

bool isRoot() { return ::geteuid() == 0; }

std::filesystem::path serviceStateFolder() { return "/Library/Application Support/Hearth/agent"; }

std::filesystem::path serviceControlSocket() { return "/var/run/hearth-agent/control.sock"; }

std::filesystem::path defaultStateFolder() {
  if (isRoot()) return serviceStateFolder();
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / "Library/Application Support/Hearth/agent";
}

}  // namespace hearth::agent
