// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace hearth::server {

/// Sends what the process logs to standard error: plain lines for people, or one JSON object a line. Called once,
/// before there are threads.
void startLog(const std::string& level, bool asJson);

}  // namespace hearth::server
