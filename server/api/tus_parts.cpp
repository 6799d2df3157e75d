// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/tus_parts.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <utility>

namespace hearth::server::tus {

std::optional<std::string> fromBase64(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool isPadding = i >= text.size() - padding;
    const std::size_t value = isPadding ? 0 : kLetters.find(text[i]);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(bits >> shift & 0xFFU);
    bits = 0;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

Result<std::map<std::string, std::string>> parseMetadata(std::string_view header) {
  std::map<std::string, std::string> entries;
  if (header.size() > kMetadataBytes) {
    return fail(ErrorCode::kTooLarge, "Upload-Metadata is longer than 8192 bytes.", "Shorten the names in it.");
  }
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view entry = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
    while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
    const std::size_t space = entry.find(' ');
    const auto value = fromBase64(space == std::string_view::npos ? std::string_view() : entry.substr(space + 1));
    if (entry.empty() || !value || !entries.emplace(std::string(entry.substr(0, space)), *value).second) {
      return fail(ErrorCode::kInvalid, "Upload-Metadata is not a list of keys with values in Base64.",
                  "Write: filename d29ybGQudHh0,path YS9iLnR4dA==");
    }
  }
  return entries;
}

Result<Checksum> parseChecksum(std::string_view header) {
  const std::size_t space = header.find(' ');
  Checksum checksum{std::string(header.substr(0, space)), {}};
  const auto bytes = space == std::string_view::npos ? std::nullopt : fromBase64(header.substr(space + 1));
  const std::size_t wanted = checksum.algorithm == "sha1" ? 20 : checksum.algorithm == "sha256" ? 32 : 0;
  if (wanted == 0 || !bytes || bytes->size() != wanted) {
    return fail(ErrorCode::kInvalid, "Upload-Checksum is no checksum that this server knows.",
                "Write: sha256, a space, and the digest in Base64; sha1 is known, too.");
  }
  checksum.digest = *bytes;
  return checksum;
}

std::string httpDate(Instant instant) {
  const std::time_t seconds = instant.micros / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string(kDays[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + " " +
         kMonths[static_cast<std::size_t>(parts.tm_mon)] + " " + std::to_string(parts.tm_year + 1900) + " " +
         two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
}

}  // namespace hearth::server::tus
