// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "base/result.h"

/// OpenSSL's objects with owners. Only the .cpp files of certs/ include this. OpenSSL's error queue belongs to the
/// thread and confuses a later TLS call on it, so whatever fails here empties the queue before it returns.
namespace hearth::certs {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using NamePtr = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;

/// A PEM text that is longer is not looked at.
inline constexpr std::size_t kPemBytes = 64 * 1024;

/// "what: reason" with OpenSSL's reason for the last failure; empties the queue.
tl::unexpected<Error> openSslFailed(ErrorCode code, const std::string& what, std::string hint = {});

/// SHA-256, fetched once a process.
const EVP_MD* sha256Method();

BioPtr readBio(std::string_view text);
std::string bioText(BIO* bio);

Result<PkeyPtr> readPrivateKey(std::string_view pem);
Result<std::string> privateKeyPem(EVP_PKEY* key);
Result<X509Ptr> readCertificate(std::string_view pem);
Result<std::string> certificatePem(X509* certificate);
/// A request whose own signature holds.
Result<RequestPtr> readRequest(std::string_view pem);
/// SHA-256 of the DER of the public key.
Result<Digest> publicKeyDigest(EVP_PKEY* key);

}  // namespace hearth::certs
