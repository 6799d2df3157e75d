// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/join_link.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace hearth::certs {
namespace {

constexpr std::string_view kScheme = "hearth://join?";
constexpr std::size_t kLinkBytes = 2048;
constexpr std::size_t kTokenBytes = 256;

bool isAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool isUnreserved(char c) { return isAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (isUnreserved(c) || c == ':') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15U]};
    }
  }
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned char byte = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const char* end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool isHostAndPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0) return false;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return false;
    host = host.substr(1, host.size() - 2);
    return std::all_of(host.begin(), host.end(), [](char c) { return isAlphanumeric(c) || c == ':' || c == '.'; });
  }
  return std::all_of(host.begin(), host.end(), [](char c) { return isAlphanumeric(c) || c == '-' || c == '.'; });
}

bool isToken(std::string_view text) {
  return !text.empty() && text.size() <= kTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return isUnreserved(c); });
}

tl::unexpected<Error> malformed(std::string what) {
  return fail(ErrorCode::kInvalid, "the join link " + std::move(what),
              "Copy the whole link as the project shows it, in quotes.");
}

/// The four parts as texts, in the order of kNames.
constexpr std::array<std::string_view, 4> kNames{"server", "token", "ca", "root"};
using Parts = std::array<std::optional<std::string>, kNames.size()>;

/// A part that this version does not know is left to later ones.
Result<void> readPart(std::string_view piece, Parts& parts) {
  const std::size_t equals = piece.find('=');
  const std::string_view name = piece.substr(0, equals);
  const auto* known = std::find(kNames.begin(), kNames.end(), name);
  if (known == kNames.end()) return {};
  std::optional<std::string>& part = parts[static_cast<std::size_t>(known - kNames.begin())];
  if (part) return malformed("gives '" + std::string(name) + "' twice");
  part = equals == std::string_view::npos ? std::nullopt : decoded(piece.substr(equals + 1));
  if (!part) return malformed("has a malformed '" + std::string(name) + "'");
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

std::string formatJoinLink(const JoinLink& link) {
  return std::string(kScheme) + "server=" + encoded(link.server) + "&token=" + encoded(link.token) +
         "&ca=" + link.authority.hex() + "&root=" + link.root.hex();
}

Result<JoinLink> parseJoinLink(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kLinkBytes) return malformed("is longer than 2048 characters");
  if (!text.starts_with(kScheme)) return malformed("does not start with hearth://join?");
  text.remove_prefix(kScheme.size());
  Parts parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    HEARTH_TRY(readPart(text.substr(0, end), parts));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!parts[i]) return malformed("lacks '" + std::string(kNames[i]) + "'");
  }
  if (!isHostAndPort(*parts[0])) return malformed("has a malformed 'server': it must be HOST:PORT");
  if (!isToken(*parts[1])) return malformed("has a malformed 'token'");
  const auto authority = Digest::parse(*parts[2]);
  if (!authority) return malformed("has a malformed 'ca': it must be 64 hexadecimal digits");
  const auto root = Digest::parse(*parts[3]);
  if (!root) return malformed("has a malformed 'root': it must be 64 hexadecimal digits");
  return JoinLink{std::move(*parts[0]), std::move(*parts[1]), *authority, *root};
}

}  // namespace hearth::certs
