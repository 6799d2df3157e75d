// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/proxy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <span>

#include <arpa/inet.h>

namespace hearth::agent {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return result;
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
};

std::optional<Address> parseAddress(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
    return address;
  }
  return std::nullopt;
}

bool sameBits(const Address& a, const Address& b, std::size_t bits) {
  if (a.size != b.size || bits > a.size * 8) return false;
  for (std::size_t i = 0; i < bits; ++i) {
    const unsigned shift = 7 - i % 8;
    if (((a.bytes[i / 8] ^ b.bytes[i / 8]) >> shift & 1U) != 0) return false;
  }
  return true;
}

bool addressMatches(const Address& host, const std::string& pattern) {
  const std::size_t slash = pattern.find('/');
  const auto base = parseAddress(pattern.substr(0, slash));
  if (!base) return false;
  if (slash == std::string::npos) return sameBits(host, *base, host.size * 8);
  std::size_t bits = 0;
  const char* end = pattern.data() + pattern.size();
  const auto [stop, error] = std::from_chars(pattern.data() + slash + 1, end, bits);
  return error == std::errc{} && stop == end && sameBits(host, *base, bits);
}

bool nameMatches(const std::string& host, std::string_view pattern) {
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  if (pattern.empty() || !host.ends_with(pattern)) return false;
  return host.size() == pattern.size() || host[host.size() - pattern.size() - 1] == '.';
}

}  // namespace

Result<Endpoint> parseEndpoint(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is not an address of a server",
                "Write it as HOST:PORT, for example grid.example.org:8443.");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > 300) return bad();
  Endpoint endpoint{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  if (endpoint.host.starts_with('[') && endpoint.host.ends_with(']')) {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    if (endpoint.host.find(':') == std::string::npos) return bad();
  } else if (endpoint.host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
             std::string::npos) {
    return bad();
  }
  unsigned port = 0;
  const char* end = endpoint.port.data() + endpoint.port.size();
  const auto [stop, error] = std::from_chars(endpoint.port.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0 || port > 65535) return bad();
  return endpoint;
}

std::string formatHost(const Endpoint& endpoint) {
  return endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
}

Environment processEnvironment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody of ours writes the environment
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::string proxyFor(const Endpoint& server, const Environment& environment) {
  std::string exceptions;
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    if (auto value = environment(name)) {
      exceptions = *value;
      break;
    }
  }
  if (isExempt(server.host, exceptions)) return {};
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    if (auto value = environment(name)) return *value;  // set and empty: none, on purpose
  }
  return {};
}

bool isExempt(std::string_view host, std::string_view noProxy) {
  const std::string name = lower(host);
  const auto address = parseAddress(name);
  while (!noProxy.empty()) {
    const std::size_t end = std::min(noProxy.find_first_of(", \t"), noProxy.size());
    std::string pattern = lower(noProxy.substr(0, end));
    noProxy.remove_prefix(std::min(end + 1, noProxy.size()));
    if (pattern.empty()) continue;
    if (pattern == "*") return true;
    if (pattern.starts_with('[') && pattern.ends_with(']')) pattern = pattern.substr(1, pattern.size() - 2);
    if (address ? addressMatches(*address, pattern) : nameMatches(name, pattern)) return true;
  }
  return false;
}

}  // namespace hearth::agent
