// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/host_facts.h"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <sched.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"

namespace hearth::agent {
namespace {

std::uint32_t usableProcessors() {
  // The set has a bit for each processor that the kernel could have: ask until it is large enough.
  for (int most = 1024; most <= 1 << 18; most *= 4) {
    const auto freeSet = [](cpu_set_t* set) { CPU_FREE(set); };
    const std::unique_ptr<cpu_set_t, decltype(freeSet)> set(CPU_ALLOC(most), freeSet);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    if (set && sched_getaffinity(0, size, set.get()) == 0) {
      return static_cast<std::uint32_t>(std::max(1, CPU_COUNT_S(size, set.get())));
    }
  }
  return 1;
}

std::string processorModel() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  for (int i = 0; i < 200 && std::getline(file, line); ++i) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) break;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    if (start != std::string::npos) return line.substr(start, limits::kNameBytes);
  }
  return "unknown processor";
}

/// The memory limit of the agent's own control group (v2), where there is one.
std::uint64_t groupLimit() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (!line.starts_with("0::")) continue;
    std::ifstream file("/sys/fs/cgroup" + line.substr(3) + "/memory.max");
    std::string text;
    std::uint64_t bytes = 0;
    if (file >> text && std::from_chars(text.data(), text.data() + text.size(), bytes).ec == std::errc{}) return bytes;
  }
  return ~0ULL;
}

std::uint64_t machineMemory() {
  struct sysinfo facts {};
  if (sysinfo(&facts) != 0) return 0;
  return std::uint64_t{facts.totalram} * facts.mem_unit;
}

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
    facts.platform = std::string("linux-") + names.machine;
  }
  facts.processor = processorModel();
  facts.processors = usableProcessors();
  facts.memoryBytes = std::min(machineMemory(), groupLimit());
  return facts;
}

Instant wallClock() { return {microsOf(CLOCK_REALTIME)}; }
Duration bootClock() { return {microsOf(CLOCK_BOOTTIME)}; }

std::string bootName() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string name;
  std::getline(file, name);
  return name;
}

std::uint64_t randomSeed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    seed = static_cast<std::uint64_t>(microsOf(CLOCK_REALTIME)) ^ (static_cast<std::uint64_t>(getpid()) << 40);
  }
  return seed;
}

std::filesystem::path programFolder() {
  std::error_code error;
  const auto file = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path("/usr/bin") : file.parent_path();
}

bool isRoot() { return geteuid() == 0; }

std::filesystem::path serviceStateFolder() { return "/var/lib/hearth-agent"; }

std::filesystem::path serviceControlSocket() { return "/run/hearth-agent/control.sock"; }

std::filesystem::path defaultStateFolder() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nobody of ours writes the environment
  if (isRoot()) return serviceStateFolder();
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return std::filesystem::path(state) / "hearth-agent";
  }
  const char* home = std::getenv("HOME");
  // NOLINTEND(concurrency-mt-unsafe)
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/state/hearth-agent";
}

}  // namespace hearth::agent
