// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace hearth::cli {

/// Where a person is logged in: kept in <folder>/session.json with mode 0600.
struct Session {
  std::string server;  ///< "https://host:port", no slash at the end
  std::string token;
  std::optional<Digest>
      fingerprint;  ///< of a certificate that must be in the server's chain; absent: the system's authorities decide
  bool operator==(const Session&) const = default;
};

/// $XDG_CONFIG_HOME/hearth or ~/.config/hearth. Both values as the environment gives them, empty where it does not.
Result<std::filesystem::path> configurationFolder(std::string_view xdgConfigHome, std::string_view home);

/// kUnauthorized where nobody is logged in; kForbidden when others may read the file.
Result<Session> readSession(const std::filesystem::path& folder);
Result<void> writeSession(const std::filesystem::path& folder, const Session& session);
Result<void> removeSession(const std::filesystem::path& folder);

/// "host", "host:port" or "https://host:port/" as a person types it, made into Session::server.
Result<std::string> normaliseServer(std::string_view text);

/// A certificate fingerprint: 64 hexadecimal digits, colons between bytes allowed.
Result<Digest> parseFingerprint(std::string_view text);

}  // namespace hearth::cli
