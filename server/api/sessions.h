// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "db/store.h"
#include "model/account.h"
#include "server/api/bounded_cache.h"
#include "server/http/message.h"

namespace hearth::server {

/// A person who has shown a valid access token, or whose browser has shown a session's.
struct Caller {
  Account account;
  Digest token;  ///< hash of the secret shown
  TokenScope scope = TokenScope::kAll;
  Instant expires = {};  ///< of the token

  bool has(Role role) const { return account.roles.has(role); }
  /// Operators look after everybody's batches and hosts; admins may do what operators may.
  bool isOperator() const { return has(Role::kOperator) || has(Role::kAdmin); }
};

/// Tells who calls, by bearer token or by the cookie of a browser that signed in. What changes something is taken from
/// a browser only where it comes from one of our own pages. A token is believed for a short time without asking the
/// store again, so a change of roles or an expiry counts after that time at the latest. Any thread may call.
class Sessions {
 public:
  /// `seen` is told, seldom, that a token was used.
  Sessions(db::ReadStore& read, std::function<Instant()> clock, Duration believedFor,
           std::function<void(const Digest&, Instant)> seen);

  /// kUnauthorized without a token, or with one that is unknown or has expired; kForbidden where another site's page
  /// made the browser call.
  Result<Caller> callerOf(const Request& request);
  /// Who has this secret.
  Result<Caller> callerWith(std::string_view secret);
  /// The token was deleted.
  void forget(const Digest& token) { m_known.erase(token); }

 private:
  struct Known {
    Caller caller;
    Instant until;
  };
  Result<Caller> look(const Digest& token, Instant now);

  db::ReadStore& m_read;
  const std::function<Instant()> m_clock;
  const Duration m_believedFor;
  const std::function<void(const Digest&, Instant)> m_seen;
  BoundedCache<Digest, Known> m_known{10'000};
};

}  // namespace hearth::server
