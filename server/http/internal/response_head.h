// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace hearth::server {

/// How a response's body ends on the wire.
struct Framing {
  bool keepAlive = true;
  bool chunked = false;
  std::optional<std::uint64_t> length;  ///< absent: chunked, or no body at all, or until the connection closes
};

std::string_view reasonPhrase(unsigned status);
/// Appends status line and headers. Control characters in a header's value become blanks, so that no value can split a
/// response.
void appendHead(std::string& out, const Response& response, const Framing& framing, std::string_view date);
/// "Sun, 22 Nov 2026 11:00:00 GMT"
std::string httpDate(std::int64_t unixSeconds);

}  // namespace hearth::server
