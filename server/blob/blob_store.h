// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/digest.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth::server {

/// What an installation may tune. Plain values.
struct BlobStoreOptions {
  std::uint64_t reserveBytes =
      256 * limits::kMiB;                      ///< new bytes are refused when they would leave less of the disk free
  Duration unfinishedFor = Duration::days(7);  ///< an upload that nobody continued for so long is swept
};

/// Blobs as files named by digest, fanned out ("ab/cd/abcd…"), fsynced before they are acknowledged. Any thread may
/// call.
class BlobStore {
 public:
  /// Makes the folders where needed and sweeps uploads that were left unfinished for days.
  static Result<std::unique_ptr<BlobStore>> open(const std::filesystem::path& folder, BlobStoreOptions options = {});
  virtual ~BlobStore() = default;

  /// Size of a complete blob, or nothing.
  virtual std::optional<std::uint64_t> size(const Digest& digest) const = 0;
  bool has(const Digest& digest) const { return size(digest).has_value(); }

  /// A descriptor open for reading.
  virtual Result<int> open(const Digest& digest) const = 0;
  /// The whole of a small blob; kTooLarge above `limit`.
  virtual Result<std::string> read(const Digest& digest, std::uint64_t limit) const = 0;
  /// Makes a blob from bytes in memory.
  virtual Result<Digest> put(std::string_view bytes) = 0;

  /// An upload under way. `uploader` keeps uploads of different people apart, so that nobody can spoil another's.
  class Upload {
   public:
    virtual ~Upload() = default;
    virtual std::uint64_t offset() const = 0;  ///< bytes that are here already
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    /// Checks size and digest, fsyncs, names it. On a wrong digest the bytes are thrown away.
    virtual Result<void> complete() = 0;
    /// Keeps what came for a later resume.
    virtual void suspend() = 0;
    /// What came is on the disk afterwards.
    virtual Result<void> flush() = 0;
    /// Throws away what came after this offset.
    virtual Result<void> rollBack(std::uint64_t offset) = 0;
    /// Of the blob, once it is complete.
    virtual Digest digest() const = 0;
    virtual std::uint64_t size() const = 0;
  };
  /// A second upload of the same digest by the same uploader takes over from the first, whose connection is taken for
  /// dead. `offset` must be the one that uploadOffset reports (kConflict otherwise, naming it).
  virtual Result<std::unique_ptr<Upload>> upload(const Digest& digest, std::uint64_t size, std::uint64_t offset,
                                                 const std::string& uploader) = 0;
  virtual std::uint64_t uploadOffset(const Digest& digest, const std::string& uploader) const = 0;

  /// An upload whose digest is found out on the way. `name` tells it from all others; `size` is that of the whole blob,
  /// or nothing where it is not known either. Else as upload().
  virtual Result<std::unique_ptr<Upload>> uploadNamed(const std::string& name, std::optional<std::uint64_t> size,
                                                      std::uint64_t offset) = 0;
  virtual std::uint64_t namedOffset(const std::string& name) const = 0;
  /// Ends it and throws away what came.
  virtual void discardNamed(const std::string& name) = 0;
  /// Takes a complete blob out of sight: nobody has it until settle() brings it back, unless it is uploaded anew.
  /// False: it was not here. What lies aside when the process ends is brought back by open().
  virtual bool setAside(const Digest& digest) = 0;
  /// Ends that: brings the blob back, or removes it for good.
  virtual void settle(const Digest& digest, bool keep) = 0;

  /// Removes uploads that nobody continued for BlobStoreOptions::unfinishedFor; open() does it too.
  virtual void sweepUploads() = 0;
  /// Removes complete blobs that are not among `kept` and were made before `madeBefore` (by the clock of the file
  /// system). Returns how many.
  virtual std::size_t removeAllBut(const std::unordered_set<Digest>& kept, Instant madeBefore) = 0;
};

}  // namespace hearth::server
