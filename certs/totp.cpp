// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/totp.h"

#include <array>
#include <cctype>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "certs/password.h"

namespace hearth::certs {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kRecoveryBytes = 10;
constexpr std::size_t kRecoveryLetters = 16;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kRecoveryAlphabet = "abcdefghjkmnpqrstuvwxyz023456789";  // no i, l, o, 1

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  HEARTH_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
               "no random numbers from OpenSSL");
  return bytes;
}

/// Five bits a letter, the last ones filled up with zeros.
std::string inLetters(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFFU;
    for (count += 8; count >= 5; count -= 5) text += alphabet[bits >> (count - 5) & 31U];
  }
  if (count > 0) text += alphabet[bits << (5 - count) & 31U];
  return text;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string grouped(std::string_view letters) {
  std::string text;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % 4 == 0) text += '-';
    text += letters[i];
  }
  return text;
}

}  // namespace

std::string newTotpSecret() { return randomBytes(kSecretBytes); }

std::uint64_t totpStep(Instant now) { return static_cast<std::uint64_t>(now.inUnixSeconds() / kStepSeconds); }

std::string totpCode(std::string_view secret, std::uint64_t step, std::size_t digits) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) counter[i] = static_cast<unsigned char>(step >> (8 * (7 - i)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(),
                          mac.data(), &size);
  HEARTH_CHECK(made != nullptr && size == 20, "HMAC-SHA-1 is there");
  const std::size_t at = mac[size - 1] & 15U;
  std::uint32_t number = (mac[at] & 0x7FU) << 24 | static_cast<std::uint32_t>(mac[at + 1]) << 16 |
                         static_cast<std::uint32_t>(mac[at + 2]) << 8 | mac[at + 3];
  std::string code(digits, '0');
  for (std::size_t i = digits; i > 0; --i, number /= 10) code[i - 1] = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::uint64_t> totpStepOf(std::string_view secret, std::string_view code, Instant now,
                                        std::uint64_t after) {
  const std::uint64_t present = totpStep(now);
  std::optional<std::uint64_t> found;
  for (const std::uint64_t step : {present + 1, present, present - 1}) {
    if (sameBytes(totpCode(secret, step), code) && step > after) found = step;
  }
  return found;
}

std::string totpLink(std::string_view secret, const std::string& project, const std::string& account) {
  return "otpauth://totp/" + escaped(project) + ":" + escaped(account) + "?secret=" + base32(secret) +
         "&issuer=" + escaped(project) + "&algorithm=SHA1&digits=6&period=30";
}

std::string base32(std::string_view bytes) { return inLetters(bytes, kBase32); }

std::string newRecoveryCode() { return grouped(inLetters(randomBytes(kRecoveryBytes), kRecoveryAlphabet)); }

std::string recoveryCodeOf(std::string_view typed) {
  std::string letters;
  for (const char c : typed) {
    const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (letter == '-' || letter == ' ') continue;
    if (kRecoveryAlphabet.find(letter) == std::string_view::npos || letters.size() == kRecoveryLetters) return {};
    letters += letter;
  }
  return letters.size() == kRecoveryLetters ? grouped(letters) : std::string{};
}

}  // namespace hearth::certs
