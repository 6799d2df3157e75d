// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/landlock_rules.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

/// Of interfaces that the headers we build with may be too old for.
constexpr std::uint64_t kRefer = 1ULL << 13, kTruncate = 1ULL << 14, kDeviceControls = 1ULL << 15;
constexpr std::uint64_t kAllPorts = 3;   // bind and connect
constexpr std::uint64_t kAllScopes = 3;  // abstract sockets and signals
struct RulesetAttributes {
  std::uint64_t files, ports, scopes;
};

constexpr std::uint64_t kReads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kFirstRights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

std::uint64_t handledRights(LandlockLevel level) {
  std::uint64_t rights = kFirstRights;
  if (level.version >= 2) rights |= kRefer;
  if (level.version >= 3) rights |= kTruncate;
  if (level.version >= 5) rights |= kDeviceControls;
  return rights;
}

/// Nothing that was written can be executed, so that a task's processes are known by their program; no devices and no
/// sockets can be made.
std::uint64_t workRights(LandlockLevel level) {
  return handledRights(level) &
         ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                        LANDLOCK_ACCESS_FS_MAKE_SOCK | kDeviceControls};
}

Result<void> allow(const UniqueFd& rules, const fs::path& path, std::uint64_t rights) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place.number();
  if (place && ::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) return {};
  return fail(ErrorCode::kIo, "cannot let a task use " + path.string() + ": " + std::strerror(errno));
}

}  // namespace

Result<LandlockLevel> probeLandlock(int most) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const long used = std::min<long>(version, std::min(most, kMostLandlock));
  if (used >= 1) return LandlockLevel{static_cast<int>(used)};
  const bool isOff = version < 0 && errno == EOPNOTSUPP;
  return fail(
      ErrorCode::kUnsupported,
      isOff ? "Landlock is switched off on this system" : "this kernel has no Landlock (Linux 5.13 or later has)",
      isOff ? "Add 'landlock' to the list of the kernel's parameter lsm= and restart." : "Install a newer kernel.");
}

Result<UniqueFd> makeLandlockRules(LandlockLevel level, const fs::path& package, const fs::path& work) {
  const RulesetAttributes attributes{handledRights(level), level.version >= 4 ? kAllPorts : 0,
                                     level.hasScopes() ? kAllScopes : 0};
  const std::size_t size = level.hasScopes() ? sizeof attributes : level.version >= 4 ? 16 : 8;
  UniqueFd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (!rules) return fail(ErrorCode::kUnsupported, std::string("cannot make Landlock rules: ") + std::strerror(errno));
  HEARTH_TRY(allow(rules, package, kReads | LANDLOCK_ACCESS_FS_EXECUTE));
  HEARTH_TRY(allow(rules, work, workRights(level)));
  HEARTH_TRY(allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE));
  for (const char* device : {"/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    if (::access(device, F_OK) == 0) HEARTH_TRY(allow(rules, device, LANDLOCK_ACCESS_FS_READ_FILE));
  }
  return rules;
}

}  // namespace hearth::sandbox
