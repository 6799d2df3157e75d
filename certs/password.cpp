// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/password.h"

#include <optional>
#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "base/limits.h"

namespace hearth::certs {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint32_t kHighestLogN = 20;
constexpr std::uint64_t kMostMemory = 1 * limits::kGiB;

bool isBounded(const ScryptCost& cost) {
  return cost.logN >= 1 && cost.logN <= kHighestLogN && cost.r >= 1 && cost.r <= 32 && cost.p >= 1 && cost.p <= 16 &&
         128ULL * cost.r << cost.logN <= kMostMemory / 2;
}

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  HEARTH_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
               "no random numbers from OpenSSL");
  return bytes;
}

std::optional<std::string> scrypt(std::string_view password, const std::string& salt, const ScryptCost& cost) {
  if (!isBounded(cost)) return std::nullopt;
  std::string hash(kHashBytes, '\0');
  const int made = EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                  salt.size(), 1ULL << cost.logN, cost.r, cost.p, kMostMemory,
                                  reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  if (made != 1) return std::nullopt;
  return hash;
}

}  // namespace

Result<PasswordHash> hashPassword(std::string_view password, const ScryptCost& cost) {
  PasswordHash made{cost, randomBytes(kSaltBytes), {}};
  auto hash = scrypt(password, made.salt, cost);
  if (!hash) {
    return fail(isBounded(cost) ? ErrorCode::kExhausted : ErrorCode::kInvalid, "The password could not be hashed.",
                "Try again; if it stays so, the server is short of memory.");
  }
  made.hash = std::move(*hash);
  return made;
}

bool isPassword(std::string_view password, const PasswordHash& kept) {
  const auto hash = scrypt(password, kept.salt, kept.cost);
  return hash && sameBytes(*hash, kept.hash);
}

PasswordHash decoyPassword(const ScryptCost& cost) { return {cost, randomBytes(kSaltBytes), randomBytes(kHashBytes)}; }

bool sameBytes(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace hearth::certs
