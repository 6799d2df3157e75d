// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"

namespace hearth::server {

/// For which system a file is, told by how its name ends.
enum class DownloadFor : std::uint8_t { kDebian, kWindows, kMac };

struct Download {
  std::string name;
  std::uint64_t bytes = 0;
};

/// The packages of agents that an admin put into a folder, or hearthd make-installer did, by name; at most 100. Empty
/// where there is no such folder. Other files there, and links, are not offered.
std::vector<Download> listDownloads(const std::filesystem::path& folder, DownloadFor system);

/// Answers with one of them.
Response downloadResponse(const Request& request, const std::filesystem::path& folder, std::string_view name);

}  // namespace hearth::server
