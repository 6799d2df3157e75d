// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

/// Pieces of the tus protocol (tus.io, version 1.0.0) that need no server.
namespace hearth::server::tus {

inline constexpr std::string_view kVersion = "1.0.0";
inline constexpr std::string_view kExtensions = "creation,creation-with-upload,expiration,checksum,termination";
inline constexpr std::string_view kBodyType = "application/offset+octet-stream";
inline constexpr std::size_t kMetadataBytes = 8192;

/// Bytes of Base64 with its padding; nothing where it is none.
std::optional<std::string> fromBase64(std::string_view text);

/// An Upload-Metadata header: keys, each with its value decoded.
Result<std::map<std::string, std::string>> parseMetadata(std::string_view header);

/// An Upload-Checksum header.
struct Checksum {
  std::string algorithm;  ///< "sha1" or "sha256"
  std::string digest;     ///< bytes
};
Result<Checksum> parseChecksum(std::string_view header);

/// "Thu, 26 Nov 2026 05:00:00 GMT"
std::string httpDate(Instant instant);

}  // namespace hearth::server::tus
