// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "server/http/message.h"

namespace hearth::server {

/// Answers with an open file: whole, one range of it (206, or 416 if it lies outside), or 304 where the caller has it
/// already (If-None-Match). Takes the descriptor, whatever the answer. `etag` comes with its quotes. Several ranges at
/// once are answered with the whole, as RFC 9110 allows.
Response fileResponse(const Request& request, int descriptor, std::uint64_t size, std::string_view etag,
                      std::string_view contentType);

}  // namespace hearth::server
