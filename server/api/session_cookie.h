// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "server/http/message.h"

namespace hearth::server {

/// The cookie that carries a session's secret. Its prefix makes browsers refuse it from anything but this very host
/// over TLS, so that no neighbour can plant one.
inline constexpr std::string_view kSessionCookie = "__Host-hearth";

/// The secret in the request's cookie; empty if there is none.
std::string_view sessionSecret(const Request& request);

/// The value of a cookie; empty if there is none.
std::string_view cookieValue(const Request& request, std::string_view name);
/// The header that gives a browser a cookie that only this host sees, over TLS, and no page reads.
std::pair<std::string, std::string> hostCookie(std::string_view name, const std::string& value, Duration life);

/// The header that gives a browser the secret for so long, or takes it away again.
std::pair<std::string, std::string> sessionCookie(const std::string& secret, Duration life);
std::pair<std::string, std::string> noSessionCookie();

/// Whether the page that made this request is surely one of ours, as the browser says.
bool isFromOurPage(const Request& request);
/// Whether a browser says that the page that made this request is another's; programs say nothing.
bool isFromAnotherSite(const Request& request);

}  // namespace hearth::server
