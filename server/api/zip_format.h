// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

/// The records of a zip archive whose entries are stored as they are, so that where everything stands follows from the
/// names and sizes alone; zip64 wherever a number needs it (PKWARE's APPNOTE 6.3.3). The checksum of an entry stands
/// behind its bytes, since it is known only when they have passed. Pure functions.
namespace hearth::server::zip {

struct Entry {
  std::string_view name;  ///< UTF-8
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  ///< of its head in the archive
  std::uint32_t checksum = 0;
  Instant modified;
};

std::uint64_t headBytes(const Entry& entry);
void appendHead(std::string& out, const Entry& entry);
std::uint64_t tailBytes(const Entry& entry);
/// Behind the bytes of an entry.
void appendTail(std::string& out, const Entry& entry);
/// What an entry takes in the archive, head and tail included.
inline std::uint64_t entryBytes(const Entry& entry) { return headBytes(entry) + entry.size + tailBytes(entry); }
/// Its line in the directory at the archive's end.
std::uint64_t directoryBytes(const Entry& entry);
void appendDirectory(std::string& out, const Entry& entry);

inline constexpr std::uint64_t kEndBytes = 98;
void appendEnd(std::string& out, std::uint64_t entries, std::uint64_t directoryOffset, std::uint64_t directoryBytes);

}  // namespace hearth::server::zip
