// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth {

/// What a person may do. An account has a set of them.
enum class Role : std::uint8_t { kVolunteer = 1, kScientist = 2, kOperator = 4, kAdmin = 8, kAuditor = 16 };
const char* name(Role role) noexcept;
Result<Role> parseRole(std::string_view text);

struct RoleSet {
  std::uint8_t bits = 0;
  bool has(Role role) const { return (bits & static_cast<std::uint8_t>(role)) != 0; }
  RoleSet with(Role role) const { return {static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(role))}; }
  bool operator==(const RoleSet&) const = default;
};

struct Account {
  AccountId id;
  std::string name;  ///< unique, [a-z0-9._-]
  RoleSet roles;
  Instant created;
  bool operator==(const Account&) const = default;
};

/// Whether this may be an account's name: 1 to limits::kNameBytes of [a-z0-9._-].
Result<void> checkAccountName(std::string_view name);

/// A bearer token; only the hash of its secret is kept.
struct AccessToken {
  Digest secretHash;
  AccountId account;
  std::string label;
  Instant created;
  Instant expires;
  bool operator==(const AccessToken&) const = default;
};

}  // namespace hearth
