// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include "server/api/routes.h"

namespace hearth::server {

/// Ties a sign-in that still lacks its second step to the browser that began it.
inline constexpr std::string_view kHalfSignInCookie = "__Host-hearth-half";

/// Another party has said who this is, and the account asks for a code as well: keeps that for some minutes. Returns
/// the header with the cookie by which the browser goes on, at POST /api/v1/session/code.
std::pair<std::string, std::string> keepHalfSignIn(ApiContext& context, AccountId account);

void addHalfSignInRoutes(Routes& routes, ApiContext& context);

}  // namespace hearth::server
