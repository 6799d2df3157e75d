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

/// Carries the secret of a browser's session. The prefix makes browsers refuse it but for the whole of this host, by
/// TLS.
inline constexpr std::string_view kSessionCookie = "__Host-hearth";

/// A person who has shown a valid access token.
struct Caller {
  Account account;
  Digest token;  ///< hash of the secret shown

  bool has(Role role) const { return account.roles.has(role); }
  /// Operators look after everybody's batches and hosts; admins may do what operators may.
  bool isOperator() const { return has(Role::kOperator) || has(Role::kAdmin); }
};

/// Tells who calls, by bearer token or by the cookie of a browser, which counts for what changes something only where
/// the request comes from a page of this server. A token is believed for a short time without asking the store again,
/// so a change of roles or an expiry counts after that time at the latest. Any thread may call.
class Sessions {
 public:
  Sessions(db::ReadStore& read, std::function<Instant()> clock, Duration believedFor);

  /// kUnauthorized without a token, or with one that is unknown or has expired; kForbidden for a foreign page's
  /// request.
  Result<Caller> callerOf(const Request& request);
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
  BoundedCache<Digest, Known> m_known{10'000};
};

}  // namespace hearth::server
