// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/message.h"

namespace hearth::server {

/// Problem documents for what is wrong with HTTP itself, which has no ErrorCode. `name` becomes part of the problem's
/// type; the texts are our own constants, free of characters that JSON escapes.
Response refusal(unsigned status, const char* name, const char* detail, const char* hint);

}  // namespace hearth::server
