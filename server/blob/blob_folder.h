// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <unordered_set>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "server/blob/known_blobs.h"
#include "server/blob/posix_file.h"

namespace hearth::server {

/// The tree of complete blobs, "ab/cd/abcd…" below its root: finds them, and gives finished files their names in a way
/// that survives a power loss. Any thread may call.
class BlobFolder {
 public:
  explicit BlobFolder(std::filesystem::path root) : m_root(std::move(root)) {}

  std::filesystem::path pathOf(const Digest& digest) const;
  std::optional<std::uint64_t> size(const Digest& digest) const;
  Result<Descriptor> open(const Digest& digest) const;
  /// Writes the bytes of the open file at `from` to the disk and moves it to its name. Whatever fails, no file of that
  /// name is left that might not be durable; `from` may be gone.
  Result<void> name(const Digest& digest, std::uint64_t size, int file, const std::filesystem::path& from);
  /// Moves a blob out of the tree, to `to`, and back from there. False: it was not where it should have been.
  bool take(const Digest& digest, const std::filesystem::path& to);
  bool bringBack(const Digest& digest, const std::filesystem::path& from);
  /// Removes what was made before `madeBefore` and is not `kept`.
  std::size_t removeAllBut(const std::unordered_set<Digest>& kept, Instant madeBefore);

 private:
  Result<void> makeFolders(const Digest& digest);
  Result<void> move(const Digest& digest, const std::filesystem::path& from);

  const std::filesystem::path m_root;
  mutable KnownBlobs m_known;
  std::array<std::atomic<bool>, 65'536> m_foldersMade{};  ///< those whose own names are durable
};

}  // namespace hearth::server
