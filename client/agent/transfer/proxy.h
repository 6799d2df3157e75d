// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::agent {

/// A server's host and port: "grid.example.org:8443", "[2001:db8::1]:8443".
struct Endpoint {
  std::string host;  ///< without brackets
  std::string port;
  bool operator==(const Endpoint&) const = default;
};
Result<Endpoint> parseEndpoint(std::string_view text);
/// With brackets around an IPv6 address.
std::string formatHost(const Endpoint& endpoint);

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const char*)>;
Environment processEnvironment();

/// The proxy through which this host is reached, by the usual variables: https_proxy, HTTPS_PROXY, all_proxy,
/// ALL_PROXY, with the exceptions of no_proxy or NO_PROXY. Empty: none. libcurl cannot do this itself here, since the
/// name in our URLs is never the server's.
std::string proxyFor(const Endpoint& server, const Environment& environment);

/// Whether a no_proxy list covers the host: "*", a name, ".suffix" or "suffix" of a name, an address, or a CIDR block,
/// separated by commas or blanks.
bool isExempt(std::string_view host, std::string_view noProxy);

}  // namespace hearth::agent
