// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "model/package.h"
#include "server/blob/blob_store.h"

namespace hearth::server {

/// What an archive may unpack to before it is taken for a bomb.
struct UnpackLimits {
  std::uint64_t entries = limits::kFilesPerBundle;
  std::uint64_t bytes = limits::kBlobBytes;
  std::uint64_t ratio = 200;                    ///< bytes unpacked for each byte of the archive …
  std::uint64_t freeBytes = 64 * limits::kMiB;  ///< … once it is more than this
  const std::atomic<bool>* ending = nullptr;    ///< once true, it is given up
};

/// Whether the name ends like an archive that unpackToBlobs() reads: .zip, .tar, .tar.gz, .tgz, .tar.xz, .tar.zst,
/// .tar.bz2.
bool isArchiveName(std::string_view path);

/// Unpacks an archive into blobs, one a file, streaming; a folder that holds all the rest is left out of the paths. By
/// path. Refuses the whole, naming the entry, for an absolute path, a `..` part, a name that is not UTF-8 or too long,
/// a link, a device, a pipe or a socket, an entry that is there twice, and what passes the limits. Takes the
/// descriptor. `name` tells it from all others that are under way. Slow.
Result<std::vector<FileRef>> unpackToBlobs(BlobStore& blobs, int archive, std::uint64_t size, const std::string& name,
                                           const UnpackLimits& most);

}  // namespace hearth::server
