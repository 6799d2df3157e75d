// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

/// Time-based one-time codes (RFC 6238): HMAC-SHA-1 over steps of 30 seconds, six digits, as every authenticator has
/// them.
namespace hearth::certs {

inline constexpr std::size_t kTotpDigits = 6;

/// 160 random bits, as bytes.
std::string newTotpSecret();
std::uint64_t totpStep(Instant now);
/// The code of one step.
std::string totpCode(std::string_view secret, std::uint64_t step, std::size_t digits = kTotpDigits);
/// The step later than `after` whose code this is: the present one, or one beside it since clocks differ. Takes as long
/// whatever the answer.
std::optional<std::uint64_t> totpStepOf(std::string_view secret, std::string_view code, Instant now,
                                        std::uint64_t after);
/// What an authenticator reads, from a link or a QR code.
std::string totpLink(std::string_view secret, const std::string& project, const std::string& account);

/// RFC 4648, without padding.
std::string base32(std::string_view bytes);

/// A code to write down, "abcd-efgh-jkmn-pqrs", of 80 random bits in letters that cannot be taken for each other.
std::string newRecoveryCode();
/// What was typed, as newRecoveryCode() writes it; empty if it cannot be one.
std::string recoveryCodeOf(std::string_view typed);

}  // namespace hearth::certs
