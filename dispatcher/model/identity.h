// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/account.h"

/// By what a person is known to be who they say: all of it beside the account, so that one may have any of it or none.
namespace hearth {

/// What hashing a password by scrypt takes: memory is 128 * r * 2^logN bytes. Kept beside each hash, so that the cost
/// can rise while old passwords go on being good.
struct ScryptCost {
  std::uint32_t logN = 15;
  std::uint32_t r = 8;
  std::uint32_t p = 3;
  bool operator==(const ScryptCost&) const = default;
};

/// A password as it is kept. `salt` and `hash` are bytes.
struct PasswordHash {
  ScryptCost cost;
  std::string salt;
  std::string hash;
  bool operator==(const PasswordHash&) const = default;
};
struct Credential {
  AccountId account;
  PasswordHash password;
  Instant set;
  bool operator==(const Credential&) const = default;
};

/// The shared secret of time-based one-time codes (RFC 6238). Asked for at sign-in once a code has confirmed it.
struct SecondFactor {
  AccountId account;
  std::string secret;  ///< bytes
  bool confirmed = false;
  std::uint64_t lastStep = 0;  ///< of the last code that was accepted: none of it or before is good again
  Instant created;
  bool operator==(const SecondFactor&) const = default;
};

/// Whoever shows its secret may make `usesLeft` accounts with these roles until it expires.
struct Invitation {
  Digest secretHash;
  std::string label;  ///< whom it is for, in the admin's words
  RoleSet roles;
  std::uint32_t usesLeft = 1;
  AccountId madeBy;
  Instant created;
  Instant expires;
  bool operator==(const Invitation&) const = default;
};

/// Whoever shows its secret may set the account's password, once.
struct PasswordLink {
  Digest secretHash;
  AccountId account;
  Instant expires;
  bool operator==(const PasswordLink&) const = default;
};

/// An account at another party that signs a person in here (OpenID Connect).
struct Identity {
  std::string issuer;
  std::string subject;
  AccountId account;
  std::string label;  ///< what the other party calls the person, for people
  Instant created;
  bool operator==(const Identity&) const = default;
};

}  // namespace hearth
