// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/secret.h"

#include <array>
#include <cstdint>

#include <openssl/rand.h>

#include "base/check.h"
#include "certs/sha256.h"

namespace hearth::certs {

std::string newSecret(std::string_view prefix) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, 32> random{};
  HEARTH_CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "no random numbers from OpenSSL");
  std::string text(prefix);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const unsigned char byte : random) {
    bits = (bits << 8 | byte) & 0xFFFFU;
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 63U];
  }
  text += kAlphabet[bits << (6 - count) & 63U];
  return text;
}

Digest secretHash(std::string_view secret) { return sha256(secret); }

}  // namespace hearth::certs
