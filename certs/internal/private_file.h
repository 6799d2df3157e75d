// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

/// Files that only their owner may read. One .cpp file a system.
namespace hearth::certs {

/// Refuses a file that others can read, and one of more than 64 KiB.
Result<std::string> readPrivateFile(const std::filesystem::path& file);
/// Creates the file with mode 0600 and makes it durable; refuses to overwrite.
Result<void> writePrivateFile(const std::filesystem::path& file, std::string_view text);

}  // namespace hearth::certs
