// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "server/api/fetch_options.h"
#include "server/blob/blob_store.h"

namespace hearth::server {

inline constexpr std::size_t kUrlBytes = 2048;

struct FetchOrder {
  std::string url;
  Digest digest;                              ///< what the bytes must have
  std::string name;                           ///< under which what came is kept for another try
  const std::atomic<bool>* ending = nullptr;  ///< once true, it is given up
};

/// Fetches a file by https into a blob and returns its size. Goes on where an earlier try of this name ended, if the
/// other server can. A private, loopback or link-local address is refused when the connection is made, whatever name
/// led there and however often it was redirected. Blocks for as long as it takes.
Result<std::uint64_t> fetchToBlob(BlobStore& blobs, const FetchOrder& order, const FetchOptions& options);

/// Whether an address (of a sockaddr) is one that the world can reach.
bool isPublicAddress(const void* socketAddress);

}  // namespace hearth::server
