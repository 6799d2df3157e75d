// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace hearth::server {

/// A path of this host to go on to, from what a visitor's link says; "/" for what is none.
std::string safeNext(std::string_view next);

/// What people call a program that calls itself so: "Firefox on Linux", "curl".
std::string programName(std::string_view userAgent);

}  // namespace hearth::server
