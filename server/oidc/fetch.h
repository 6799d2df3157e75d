// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hearth::server {

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// One request to another party, by libcurl: it blocks, for some seconds at most, so it belongs on a thread of its own.
/// Takes https, and http to this very machine; follows no redirect; reads a bounded answer. Anything but 200 is an
/// error.
Result<std::string> fetch(const std::string& url);
/// The same with a bearer token.
Result<std::string> fetchAs(const std::string& url, const std::string& token);
/// The same as a POST of a form; with a user, by HTTP basic authentication.
Result<std::string> fetch(const std::string& url, const FormFields& form, const std::string& user,
                          const std::string& password);

/// Whether it may be fetched at all.
bool isFetchable(const std::string& url);
/// The text as it stands in a query or a form.
std::string percentEncoded(std::string_view text);

}  // namespace hearth::server
