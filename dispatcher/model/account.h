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

/// How a secret that stands for an account came to be.
enum class TokenKind : std::uint8_t {
  kToken = 0,    ///< made for a program; sent as a bearer token
  kSession = 1,  ///< made by signing in; kept in a browser's cookie
};

/// How far an access token reaches.
enum class TokenScope : std::uint8_t {
  kAll = 0,     ///< everything that its account may do
  kSubmit = 1,  ///< reading, and batches with what belongs to them
  kRead = 2,    ///< reading alone
};
const char* tokenScopeName(TokenScope scope) noexcept;  ///< "all", "submit", "read"
Result<TokenScope> parseTokenScope(std::string_view text);

/// A secret that stands for an account; only its hash is kept.
struct AccessToken {
  Digest secretHash;
  AccountId account;
  std::string label;
  Instant created;
  Instant expires;
  TokenKind kind = TokenKind::kToken;
  TokenScope scope = TokenScope::kAll;
  std::string madeBy = {};  ///< the program that asked for it, as it calls itself
  Instant lastSeen = {};    ///< about; 0: not yet
  bool operator==(const AccessToken&) const = default;
};

}  // namespace hearth
