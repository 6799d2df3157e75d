// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/digest.h"
#include "base/result.h"
#include "db/store.h"
#include "model/package.h"
#include "server/api/bounded_cache.h"

namespace hearth::server {

class BlobStore;

/// A package with the digests of its files: immutable.
struct ReadPackage {
  Package package;
  std::unordered_set<Digest> digests;  ///< of its files and of its manifest
};

/// The packages used last, read from their manifests, and which blobs anybody may use because a published app version
/// consists of them. Any thread may call; reads blobs.
class Packages {
 public:
  using Shared = std::shared_ptr<const ReadPackage>;

  Packages(db::ReadStore& read, const BlobStore& blobs) : m_read(read), m_blobs(blobs) {}

  /// The package whose manifest is this blob.
  Result<Shared> find(const Digest& manifest);
  /// Whether a published app version consists of this package.
  Result<bool> isPublished(const Digest& manifest);
  /// Whether the blob is the manifest or a file of a published app version.
  Result<bool> isPublic(const Digest& blob);
  /// An app version was published: what is public is worked out anew.
  void published();

 private:
  using Digests = std::unordered_set<Digest>;
  struct Public {
    Digests manifests, blobs;
  };
  Result<std::shared_ptr<const Public>> publicBlobs();

  db::ReadStore& m_read;
  const BlobStore& m_blobs;
  BoundedCache<Digest, Shared> m_known{500'000};  // weight: files
  std::mutex m_mutex;                             // guards m_public and m_generation
  std::shared_ptr<const Public> m_public;
  std::uint64_t m_generation = 0;
};

}  // namespace hearth::server
