// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::certs {

/// A public key as a JSON Web Key (RFC 7517) writes it, its numbers as bytes. What a key does not have is empty.
struct JsonWebKey {
  std::string id;     ///< "kid"
  std::string kind;   ///< "RSA" or "EC"
  std::string curve;  ///< "P-256"
  std::string n, e;   ///< of RSA
  std::string x, y;   ///< of EC
};

/// Whether the signature of a JSON Web Signature (RFC 7515) holds: RS256 with a key of at least 2048 bits, or ES256.
/// Every other algorithm is refused, "none" too.
bool isSignedBy(std::string_view algorithm, std::string_view signingInput, std::string_view signature,
                const JsonWebKey& key);

/// RFC 4648, section 5, without padding. Nothing if it is none.
std::optional<std::string> fromBase64Url(std::string_view text);
std::string toBase64Url(std::string_view bytes);

}  // namespace hearth::certs
