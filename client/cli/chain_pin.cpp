// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/chain_pin.h"

#include <memory>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace hearth::cli {
namespace {

bool isPinned(const X509* certificate, const Digest& pin) {
  Digest digest;
  unsigned size = 0;
  return X509_digest(certificate, EVP_sha256(), digest.bytes.data(), &size) == 1 && size == digest.bytes.size() &&
         digest == pin;
}

/// The pinned certificate as the server presented it, or null.
X509* pinnedOf(X509_STORE_CTX* handshake, const Digest& pin) {
  X509* const leaf = X509_STORE_CTX_get0_cert(handshake);
  if (leaf != nullptr && isPinned(leaf, pin)) return leaf;
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_untrusted(handshake);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    if (isPinned(sk_X509_value(chain, i), pin)) return sk_X509_value(chain, i);
  }
  return nullptr;
}

/// Verifies anew with the pinned certificate as the only anchor: that it lies in the presented chain proves nothing,
/// since anybody can copy it there.
int verifyAgainstPin(X509_STORE_CTX* handshake, void* pin) {
  X509* const anchor = pinnedOf(handshake, *static_cast<const Digest*>(pin));
  if (anchor == nullptr) {
    X509_STORE_CTX_set_error(handshake, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
  }
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                              &X509_STORE_CTX_free);
  if (!store || !check || X509_STORE_add_cert(store.get(), anchor) != 1 ||
      X509_STORE_CTX_init(check.get(), store.get(), X509_STORE_CTX_get0_cert(handshake),
                          X509_STORE_CTX_get0_untrusted(handshake)) != 1) {
    X509_STORE_CTX_set_error(handshake, X509_V_ERR_OUT_OF_MEM);
    return 0;
  }
  X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_SERVER);
  const int isGood = X509_verify_cert(check.get());
  X509_STORE_CTX_set_error(handshake, X509_STORE_CTX_get_error(check.get()));
  return isGood == 1 ? 1 : 0;
}

}  // namespace

void pinChain(void* sslContext, const Digest* pin) {
  auto* const context = static_cast<SSL_CTX*>(sslContext);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &verifyAgainstPin, const_cast<Digest*>(pin));
}

}  // namespace hearth::cli
