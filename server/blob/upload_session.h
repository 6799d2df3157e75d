// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "base/digest.h"
#include "base/result.h"
#include "certs/sha256.h"
#include "server/blob/blob_folder.h"
#include "server/blob/blob_store.h"
#include "server/blob/posix_file.h"

namespace hearth::server {

/// One upload and its file. Used by the connection that uploads; close() may come from another one that takes over.
/// Holds no lock of the store.
class UploadSession {
 public:
  /// What is known of the blob beforehand.
  struct Expected {
    std::optional<Digest> digest;
    std::optional<std::uint64_t> size;
  };
  UploadSession(BlobFolder& folder, Expected expected, std::filesystem::path path, Descriptor file,
                std::uint64_t offset, std::uint64_t reserveBytes);

  std::uint64_t offset() const;
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> complete();
  Result<void> flush();
  Result<void> rollBack(std::uint64_t offset);
  /// Of the blob, once it is complete.
  Digest digest() const;
  std::uint64_t size() const;
  /// Keeps what is there; later calls fail.
  void close();

 private:
  Result<void> checkRoom(std::uint64_t coming);
  Result<void> hashUpTo(std::uint64_t end);

  BlobFolder& m_folder;
  const Expected m_expected;
  const std::uint64_t m_size;  ///< at most
  const std::filesystem::path m_path;
  const std::uint64_t m_reserveBytes;
  mutable std::mutex m_mutex;  ///< guards all below
  Descriptor m_file;           ///< closed: over, or taken over
  std::uint64_t m_offset;
  std::uint64_t m_hashed = 0;  ///< behind m_offset after a resume: what was there is read again, piece by piece
  std::uint64_t m_roomLeft = 0;
  certs::Sha256 m_hash;
  Digest m_digest;  ///< once it is complete
};

/// kExhausted when fewer than `coming` bytes above the reserve are free.
Result<void> checkFreeSpace(const std::filesystem::path& path, std::uint64_t coming, std::uint64_t reserveBytes);

}  // namespace hearth::server
