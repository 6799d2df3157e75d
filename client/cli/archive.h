// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/limits.h"
#include "base/result.h"

namespace hearth::cli {

/// What an archive may unpack to before it is taken for a bomb.
struct UnpackLimits {
  std::uint64_t entries = 2 * limits::kFilesPerBundle;
  std::uint64_t bytes = limits::kBlobBytes;
  std::uint64_t ratio = 200;                    ///< bytes unpacked for each byte of the archive …
  std::uint64_t freeBytes = 64 * limits::kMiB;  ///< … once it is more than this
};

/// Whether the name ends like an archive that unpackArchive() reads: .tar, .tar.gz, .tgz, .tar.xz, .tar.zst, .zip.
bool isArchiveName(const std::filesystem::path& file);

/// Unpacks a bundle into an empty folder. Refuses the whole archive, naming the entry, for an absolute path, a `..`
/// part, a link that leads out of it, a device, pipe or socket, and for what passes the limits. Owners, times and
/// special permissions are not restored.
Result<void> unpackArchive(const std::filesystem::path& archive, const std::filesystem::path& folder,
                           const UnpackLimits& limits = {});

}  // namespace hearth::cli
