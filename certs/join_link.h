// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace hearth::certs {

/// hearth://join?server=HOST:PORT&token=…&ca=<fingerprint>&root=<fingerprint>: all that an agent needs, so that nothing
/// is trusted on first use.
struct JoinLink {
  std::string server;  ///< "host:port"
  std::string token;
  Digest authority;  ///< fingerprint() of the project's CA certificate
  Digest root;       ///< keyFingerprint() of its package-signing root
  bool operator==(const JoinLink&) const = default;
};
std::string formatJoinLink(const JoinLink& link);
/// The error says which part is missing or malformed.
Result<JoinLink> parseJoinLink(std::string_view text);

}  // namespace hearth::certs
