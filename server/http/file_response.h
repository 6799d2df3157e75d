// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "server/http/message.h"

namespace hearth::server {

/// The head of an answer to a request for `size` bytes, and which of them to send behind it; none where the answer is
/// complete: 304 where the caller has them already (If-None-Match), 416 where its range lies outside. Several ranges at
/// once are answered with the whole, as RFC 9110 allows. `etag` comes with its quotes.
struct RangedAnswer {
  Response head;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool complete = false;
};
RangedAnswer rangedAnswer(const Request& request, std::uint64_t size, std::string_view etag,
                          std::string_view contentType);

/// Answers with an open file, or a range of it, as rangedAnswer() says. Takes the descriptor, whatever the answer.
Response fileResponse(const Request& request, int descriptor, std::uint64_t size, std::string_view etag,
                      std::string_view contentType);

}  // namespace hearth::server
