// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/internal/openssl.h"

#include <array>

#include "base/check.h"
#include "certs/sha256.h"

namespace hearth::certs {
namespace {

/// Without it OpenSSL would ask for a password on the terminal.
int noPassword(char*, int, int, void*) { return -1; }

}  // namespace

tl::unexpected<Error> openSslFailed(ErrorCode code, const std::string& what, std::string hint) {
  const unsigned long last = ERR_peek_last_error();
  const char* reason = last == 0 ? nullptr : ERR_reason_error_string(last);
  ERR_clear_error();
  return fail(code, reason == nullptr ? what : what + ": " + reason, std::move(hint));
}

const EVP_MD* sha256Method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  HEARTH_CHECK(method != nullptr, "OpenSSL has no SHA-256");
  return method;
}

BioPtr readBio(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  HEARTH_CHECK(bio != nullptr, "out of memory");
  return bio;
}

std::string bioText(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Result<PkeyPtr> readPrivateKey(std::string_view pem) {
  if (pem.size() > kPemBytes) return fail(ErrorCode::kTooLarge, "the private key is longer than 64 KiB");
  PkeyPtr key(PEM_read_bio_PrivateKey(readBio(pem).get(), nullptr, noPassword, nullptr));
  if (!key) {
    return openSslFailed(ErrorCode::kInvalid, "not a readable private key in PEM",
                         "Give an unencrypted PKCS#8 key, as `openssl pkey` writes it.");
  }
  return key;
}

Result<std::string> privateKeyPem(EVP_PKEY* key) {
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openSslFailed(ErrorCode::kExhausted, "cannot write the private key as PEM");
  }
  return bioText(out.get());
}

Result<X509Ptr> readCertificate(std::string_view pem) {
  if (pem.size() > kPemBytes) return fail(ErrorCode::kTooLarge, "the certificate is longer than 64 KiB");
  X509Ptr certificate(PEM_read_bio_X509(readBio(pem).get(), nullptr, noPassword, nullptr));
  if (!certificate) return openSslFailed(ErrorCode::kInvalid, "not a readable certificate in PEM");
  return certificate;
}

Result<std::string> certificatePem(X509* certificate) {
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) {
    return openSslFailed(ErrorCode::kExhausted, "cannot write the certificate as PEM");
  }
  return bioText(out.get());
}

Result<RequestPtr> readRequest(std::string_view pem) {
  if (pem.size() > kPemBytes) return fail(ErrorCode::kTooLarge, "the signing request is longer than 64 KiB");
  RequestPtr request(PEM_read_bio_X509_REQ(readBio(pem).get(), nullptr, noPassword, nullptr));
  if (!request) return openSslFailed(ErrorCode::kInvalid, "not a readable certificate signing request in PEM");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    return openSslFailed(ErrorCode::kIntegrity, "the signature of the certificate signing request does not hold",
                         "Make a new request with the key that it names.");
  }
  return request;
}

Result<Digest> publicKeyDigest(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = key == nullptr ? -1 : i2d_PUBKEY(key, &der);
  if (size <= 0) return openSslFailed(ErrorCode::kInvalid, "the public key cannot be read");
  const Digest digest = sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

}  // namespace hearth::certs
