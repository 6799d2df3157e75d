// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/listen.h"

#include <cstddef>
#include <cstdint>

namespace hearth::server {

Result<void> readListen(const std::string& text, Config& config) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalid, "'" + text + "' is not an address to listen at",
                "Write it like 0.0.0.0:8443, 192.0.2.7:443 or [::]:8443.");
  };
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  const bool hasPort = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  std::string address = hasPort ? text.substr(0, colon) : text;
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos) {
    return refuse();
  }
  if (!address.empty()) config.address = address;
  if (!hasPort) return {};
  const std::string digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string::npos) {
    return refuse();
  }
  const int port = std::stoi(digits);
  if (port < 1 || port > 65'535) return refuse();
  config.port = static_cast<std::uint16_t>(port);
  return {};
}

}  // namespace hearth::server
