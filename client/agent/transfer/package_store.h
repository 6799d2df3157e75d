// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "agent/transfer/blob_cache.h"
#include "agent/transfer/server_link.h"
#include "base/digest.h"
#include "base/result.h"
#include "image/image_store.h"
#include "model/package.h"
#include "wire/agent.h"

namespace hearth::agent {

/// Packages laid out as folders that become a task's root, made of hard links to the cache. Before anything of a
/// package can run, the signature of its manifest must lead to the project's root key, and the manifest and every file
/// must have the digests that were signed. Of a WebAssembly package only the build for this platform is fetched. Folders
/// are made anew after each start and used by all tasks of the package. Of an image package the folder is the unpacked
/// image, which is kept over a start. Thread-safe.
class PackageStore {
 public:
  /// Empties `folder`; `images` is that of the unpacked images.
  static Result<std::unique_ptr<PackageStore>> open(const std::filesystem::path& folder,
                                                    const std::filesystem::path& images, PublicKeyText root);

  /// A package ready to run; its folder stays as long as any Ready of it lives.
  struct Ready {
    std::filesystem::path root;
    std::map<std::string, std::string> programs;        ///< name, and path in the root
    std::shared_ptr<const image::UnpackedImage> image;  ///< of an image package, which names no programs
  };

  /// kIntegrity when a signature or digest does not hold, and says whose.
  Result<std::shared_ptr<const Ready>> prepare(AttemptId attempt, const wire::Job& job, const std::string& platform,
                                               Instant now, BlobCache& cache, ServerLink& link,
                                               const std::atomic<bool>& cancelled);

 private:
  PackageStore(std::filesystem::path folder, std::unique_ptr<image::ImageStore> images, PublicKeyText root);
  Result<std::shared_ptr<const Ready>> build(AttemptId attempt, const wire::Job& job, const std::string& platform,
                                             BlobCache& cache, ServerLink& link, const std::atomic<bool>& cancelled);
  Result<std::shared_ptr<const Ready>> unpackImage(AttemptId attempt, const Package& package, BlobCache& cache,
                                                   ServerLink& link, const std::atomic<bool>& cancelled);
  void dropUnused();

  static constexpr std::size_t kUnused = 16;  ///< packages kept that no task uses

  const std::filesystem::path m_folder;
  const std::unique_ptr<image::ImageStore> m_images;
  const PublicKeyText m_root;
  std::mutex m_mutex;  ///< guards what follows
  std::condition_variable m_settled;
  std::map<Digest, std::shared_ptr<const Ready>> m_ready;
  std::set<Digest> m_busy;
};

}  // namespace hearth::agent
