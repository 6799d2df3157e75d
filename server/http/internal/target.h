// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "base/result.h"
#include "server/http/message.h"

namespace hearth::server {

/// Decodes a request target ("/a%20b?c=d", or "https://host/a" as proxies write it) into path and query. Refuses what
/// could be read in two ways: an encoded slash, control characters, a malformed escape.
Result<void> parseTarget(std::string_view target, Request& request);

}  // namespace hearth::server
