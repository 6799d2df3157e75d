// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "certs/jws.h"
#include "server/oidc/settings.h"

namespace hearth::server {

/// Who the other party says that a person is.
struct OidcPerson {
  std::string issuer;
  std::string subject;  ///< their number there; the name may change, this does not
  std::string name;     ///< what they are called there, for people; may be empty
};

/// A party that signs people in by OpenID Connect (authorization code with PKCE). Its addresses and keys are fetched
/// when they are needed and kept for a while. Calls block on the network: any thread for such work may make them.
class OidcProvider {
 public:
  explicit OidcProvider(OidcSettings settings) : m_settings(std::move(settings)) {}
  const OidcSettings& settings() const { return m_settings; }

  /// What ties an answer to the browser that asked: kept here until it comes back.
  struct Question {
    std::string state, nonce, verifier;
  };
  static Question newQuestion();

  /// Where the browser is sent.
  Result<std::string> address(const Question& question, const std::string& callback, Instant now);
  /// Exchanges the code that came back, and checks all that the party says.
  Result<OidcPerson> personOf(const std::string& code, const Question& question, const std::string& callback,
                              Instant now);

 private:
  struct Endpoints {
    std::string authorization, token, keys;
    std::string person;  ///< may be empty
    Instant fetched;
  };
  Result<Endpoints> endpoints(Instant now);
  /// What the party calls the person, where the ID token does not say: for people alone, so failures are none.
  static std::string nameOf(const Endpoints& known, const std::string& accessToken, const std::string& subject);
  /// The keys of this id; fetched anew where none is known.
  Result<std::vector<certs::JsonWebKey>> keysOf(const std::string& address, const std::string& id, Instant now);

  const OidcSettings m_settings;
  std::mutex m_mutex;  // guards all below
  Endpoints m_endpoints;
  std::vector<certs::JsonWebKey> m_keys;
  Instant m_keysFetched;
};

/// What an ID token must say (OpenID Connect Core, section 3.1.3.7) to be good now for this client and nonce; its
/// signature has been checked.
Result<OidcPerson> checkClaims(std::string_view claims, const OidcSettings& settings, const std::string& nonce,
                               Instant now);

}  // namespace hearth::server
