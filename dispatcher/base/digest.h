// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

/// The SHA-256 of some bytes: the name of a blob. A plain value; computing it needs OpenSSL and is done in certs/.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  /// 64 lower-case hexadecimal digits.
  std::string hex() const;
  /// Accepts 64 hexadecimal digits, nothing else.
  static Result<Digest> parse(std::string_view hex);
  auto operator<=>(const Digest&) const = default;
};

}  // namespace hearth

template <>
struct std::hash<hearth::Digest> {
  std::size_t operator()(const hearth::Digest& digest) const noexcept {
    std::size_t first = 0;  // a digest is uniformly distributed already
    std::memcpy(&first, digest.bytes.data(), sizeof first);
    return first;
  }
};
