// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/ticket_seal.h"

#include <algorithm>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace hearth::server {
namespace {

constexpr int kOwner = 0;  // the slot of a context for its application

/// What OpenSSL takes as an answer.
enum Sealing : int { kFailed = -1, kNotOurs = 0, kUsed = 1, kRenew = 2 };

bool setMac(EVP_MAC_CTX* mac, const TicketKey& key) {
  char digest[] = "SHA256";
  auto* secret = const_cast<std::uint8_t*>(key.mac.data());  // read only, whatever the signature says
  const OSSL_PARAM settings[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret, key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, settings) == 1;
}

template <typename Bytes>
void fillRandomly(Bytes& bytes) {
  HEARTH_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the system gives random bytes");
}

}  // namespace

TicketKey newTicketKey() {
  TicketKey key;
  fillRandomly(key.name);
  fillRandomly(key.mac);
  fillRandomly(key.cipher);
  return key;
}

TicketSeal::TicketSeal(TicketKeys keys) : m_cipher(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)) {
  HEARTH_CHECK(m_cipher != nullptr, "OpenSSL knows AES");
  use(std::move(keys));
}

TicketSeal::~TicketSeal() { EVP_CIPHER_free(m_cipher); }

void TicketSeal::install(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, kOwner, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, seal);
}

void TicketSeal::use(TicketKeys keys) {
  if (keys.empty()) keys.push_back(newTicketKey());
  auto fresh = std::make_shared<const TicketKeys>(std::move(keys));
  const std::lock_guard lock(m_mutex);
  m_keys = std::move(fresh);
}

std::shared_ptr<const TicketKeys> TicketSeal::keys() const {
  const std::lock_guard lock(m_mutex);
  return m_keys;
}

int TicketSeal::seal(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                     int sealing) {
  const auto* self = static_cast<const TicketSeal*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), kOwner));
  const auto keys = self->keys();
  if (sealing == 1) {
    const TicketKey& key = keys->front();
    std::copy(key.name.begin(), key.name.end(), name);
    if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(self->m_cipher)) != 1) return kFailed;
    const bool ready =
        setMac(mac, key) && EVP_EncryptInit_ex2(cipher, self->m_cipher, key.cipher.data(), vector, nullptr) == 1;
    return ready ? kUsed : kFailed;
  }
  const auto key = std::find_if(keys->begin(), keys->end(), [name](const TicketKey& each) {
    return std::equal(each.name.begin(), each.name.end(), name);
  });
  if (key == keys->end()) return kNotOurs;
  const bool ready =
      setMac(mac, *key) && EVP_DecryptInit_ex2(cipher, self->m_cipher, key->cipher.data(), vector, nullptr) == 1;
  if (!ready) return kFailed;
  return key == keys->begin() ? kUsed : kRenew;
}

}  // namespace hearth::server
