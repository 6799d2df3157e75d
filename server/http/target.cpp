// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/target.h"

#include <charconv>
#include <optional>

namespace hearth::server {
namespace {

constexpr std::size_t kQueryParts = 64;

std::optional<std::string> decoded(std::string_view text, bool plusIsSpace) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      unsigned char byte = 0;
      if (i + 2 >= text.size()) return std::nullopt;
      const char* end = text.data() + i + 3;
      if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end) return std::nullopt;
      c = static_cast<char>(byte);
      i += 2;
    } else if (c == '+' && plusIsSpace) {
      c = ' ';
    }
    out += c;
  }
  return out;
}

bool hasControl(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

tl::unexpected<Error> malformed(const char* what) {
  return fail(ErrorCode::kInvalid, what, "Send a path such as /api/v1/batches, percent-encoded.");
}

std::string_view withoutAuthority(std::string_view target) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t path = target.find_first_of("/?");
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

Result<void> parseQuery(std::string_view text, Request& request) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.empty()) continue;
    if (request.query.size() == kQueryParts) return malformed("the query has more than 64 parts");
    const std::size_t equals = std::min(piece.find('='), piece.size());
    auto name = decoded(piece.substr(0, equals), true);
    auto value = decoded(piece.substr(std::min(equals + 1, piece.size())), true);
    if (!name || !value) return malformed("the query has a malformed escape");
    request.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

Result<void> parseTarget(std::string_view target, Request& request) {
  target = withoutAuthority(target);
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, question);
  if (!path.starts_with('/')) return malformed("the request target is not a path");
  if (path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos) {
    return malformed("the path has an encoded slash");
  }
  auto plain = decoded(path, false);
  if (!plain) return malformed("the path has a malformed escape");
  if (hasControl(*plain)) return malformed("the path has a control character");
  request.path = std::move(*plain);
  return parseQuery(target.substr(std::min(question + 1, target.size())), request);
}

}  // namespace hearth::server
