// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/sha1.h"

#include <array>

#include <openssl/evp.h>

#include "base/check.h"

namespace hearth::server {

struct Sha1::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha1::Sha1() : m_state(std::make_unique<State>()) {
  HEARTH_CHECK(m_state->context != nullptr && EVP_DigestInit_ex(m_state->context, EVP_sha1(), nullptr) == 1,
               "OpenSSL has no SHA-1");
}
Sha1::~Sha1() = default;

void Sha1::update(std::span<const std::byte> bytes) {
  HEARTH_CHECK(EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size()) == 1, "hashing failed");
}

std::string Sha1::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HEARTH_CHECK(EVP_DigestFinal_ex(m_state->context, digest.data(), &size) == 1, "hashing failed");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace hearth::server
