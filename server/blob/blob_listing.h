// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/digest.h"
#include "base/time.h"

namespace hearth::server {

/// The complete blobs below the folder of a BlobStore whose digest begins with this byte and that were made before an
/// instant, by the clock of the file system. Any thread; what comes and goes meanwhile may be there or not.
std::vector<Digest> blobsMadeBefore(const std::filesystem::path& folder, std::uint8_t begin, Instant madeBefore);

}  // namespace hearth::server
