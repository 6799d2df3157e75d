// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace hearth::server {

/// The page at `/`: what this is, how to lend a machine, how to compute here. It never changes while the server runs,
/// and has no script.
struct FrontPage {
  std::string html;
  std::string contentSecurityPolicy;  ///< lets a browser show the page with its own style, and nothing else
};
FrontPage makeFrontPage(std::string_view project);

}  // namespace hearth::server
