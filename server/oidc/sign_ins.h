// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "server/oidc/provider.h"

namespace hearth::server {

/// Ties the answer of another party to the browser that was sent there.
inline constexpr std::string_view kOidcCookie = "__Host-hearth-oidc";

/// The parties that sign people in here, and the browsers that were sent to them and are not back yet: a bounded number
/// for some minutes; a restart forgets them. Any thread may call.
class OidcSignIns {
 public:
  explicit OidcSignIns(const std::vector<OidcSettings>& settings);

  const std::vector<std::unique_ptr<OidcProvider>>& providers() const { return m_providers; }
  OidcProvider* find(std::string_view id) const;
  /// The one that signs with this issuer's name.
  const OidcProvider* ofIssuer(std::string_view issuer) const;

  struct Pending {
    std::string provider;  ///< its id
    OidcProvider::Question question;
    std::string next;        ///< where the person goes afterwards
    std::string invitation;  ///< with which an account may be made
    AccountId link;          ///< whose account the identity is to be linked to; none: sign in
    Instant expires = {};
  };
  void keep(Pending pending, Instant now);
  /// Once for each.
  std::optional<Pending> take(std::string_view state, Instant now);

 private:
  std::vector<std::unique_ptr<OidcProvider>> m_providers;
  std::mutex m_mutex;            // guards m_pending
  std::list<Pending> m_pending;  // newest first
};

/// The path to which a party sends browsers back.
std::string oidcCallbackPath(std::string_view provider);

}  // namespace hearth::server
