// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "server/http/message.h"

namespace hearth::server {

/// Answers as `respond` does; a problem with the request then says that it is about this part of the request, unless it
/// names one itself: a member of the body as a dotted path ("policy.quorum"), or a parameter of the path, the query or
/// a header. A form shows it at that field. Any thread, as `respond`.
Respond at(std::string member, Respond respond);

}  // namespace hearth::server
