// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "certs/internal/openssl.h"

/// Making X.509 certificates. Only the .cpp files of certs/ include this.
namespace hearth::certs {

enum class Usage { kAuthority, kServer, kHost };

/// What a certificate shall say. Borrows its pointers.
struct Draft {
  X509_NAME* subject = nullptr;
  EVP_PKEY* key = nullptr;
  struct {
    Instant from, until;
  } valid;
  Usage usage = Usage::kHost;
  std::vector<std::string> names;  ///< host names and addresses that a server is reached by
};

/// Who signs. Without a certificate the draft signs itself.
struct Issuer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

/// The signed certificate, PEM. Its life ends with that of its issuer.
Result<std::string> issue(const Draft& draft, const Issuer& issuer);

/// CN=commonName, cut to the 64 characters that X.509 allows.
Result<NamePtr> distinguishedName(std::string_view commonName);
/// The CN of the subject as UTF-8; empty if there is none or more than one.
std::string commonName(X509* certificate);
Result<Digest> certificateDigest(X509* certificate);
Instant instantOf(const ASN1_TIME* time);

}  // namespace hearth::certs
