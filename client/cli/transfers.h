// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cli/bundle.h"
#include "cli/http_client.h"

namespace hearth::cli {

/// What a transfer tells while it runs. Called from several threads, one at a time.
class TransferObserver {
 public:
  virtual ~TransferObserver() = default;
  virtual void moved(std::uint64_t bytes) = 0;
  virtual void done() = 0;  ///< one more blob is where it belongs
};

struct TransferOptions {
  unsigned connections = 4;  ///< at a time, each kept alive
  int tries = 6;             ///< of one blob without a byte of progress in between
};

struct UploadSummary {
  std::uint64_t sentBlobs = 0;
  std::uint64_t sentBytes = 0;
  std::uint64_t keptBlobs = 0;  ///< the server had them
};

/// Sends what the server does not hold yet, resuming what an earlier try began. The first failure stops the rest.
Result<UploadSummary> uploadBlobs(const Session& session, const std::vector<BlobSource>& blobs,
                                  const TransferOptions& options, TransferObserver& observer);

/// A blob to fetch and every file that it becomes.
struct BlobTarget {
  std::string path;  ///< of the call that answers with its bytes
  Digest digest;
  std::uint64_t size = 0;  ///< unknown where it is 0
  std::vector<std::filesystem::path> files;
};

struct DownloadSummary {
  std::uint64_t fetchedBlobs = 0;
  std::uint64_t fetchedBytes = 0;
  std::uint64_t keptFiles = 0;  ///< stood there already, with the right digest
};

/// Fetches blobs into their files and checks every digest before a file gets its name. Unfinished bytes stay in
/// `partial` (a folder), so that a later run goes on from there.
Result<DownloadSummary> downloadBlobs(const Session& session, const std::vector<BlobTarget>& blobs,
                                      const std::filesystem::path& partial, const TransferOptions& options,
                                      TransferObserver& observer);

/// Runs `job(worker, i)` for every i below `count` on so many threads; the first error stops them and is returned.
Result<void> inParallel(std::size_t count, unsigned threads,
                        const std::function<Result<void>(unsigned worker, std::size_t i)>& job);

}  // namespace hearth::cli
