// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

namespace hearth {
namespace {

/// The value of a hexadecimal digit; above 15: none.
constexpr std::array<std::uint8_t, 256> kNibbles = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(0xFF);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0') + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a') + i] = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A') + i] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}();

std::uint8_t nibble(char c) { return kNibbles[static_cast<unsigned char>(c)]; }

}  // namespace

std::string Digest::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(64, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return text;
}

Result<Digest> Digest::parse(std::string_view hex) {
  if (hex.size() != 64) return fail(ErrorCode::kInvalid, "a digest is 64 hexadecimal digits (SHA-256)");
  Digest digest;
  unsigned seen = 0;  // of all digits together: one that is none shows in it
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const unsigned high = nibble(hex[2 * i]);
    const unsigned low = nibble(hex[2 * i + 1]);
    seen |= high | low;
    digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (seen > 15) return fail(ErrorCode::kInvalid, "a digest is 64 hexadecimal digits (SHA-256)");
  return digest;
}

}  // namespace hearth
