// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "image/image.h"

namespace hearth::image {

/// Unpacked images, each in a folder named by the digest of its archive. A folder of that name is whole: it is unpacked
/// under another name, written to the disk, and renamed. Images outlive the program; those that no task uses are
/// dropped, the one used longest ago first, when there are more than a few. Thread-safe; two threads that want the same
/// image unpack it once.
class ImageStore {
 public:
  /// Takes over the whole images in the folder and removes what else is there.
  static Result<std::unique_ptr<ImageStore>> open(const std::filesystem::path& folder, const ImageLimits& most = {});

  /// The image of this archive where it is unpacked already, else null.
  std::shared_ptr<const UnpackedImage> find(const Digest& digest);
  /// The image of this archive, which must hold `digest` already; stays as long as what is returned lives.
  Result<std::shared_ptr<const UnpackedImage>> take(const Digest& digest, const std::filesystem::path& archive,
                                                    const std::string& platform);

 private:
  struct Entry {
    std::shared_ptr<const UnpackedImage> image;
    std::uint64_t lastUse = 0;
  };
  ImageStore(std::filesystem::path folder, const ImageLimits& most) : m_folder(std::move(folder)), m_most(most) {}
  Result<void> scan();
  Result<UnpackedImage> unpack(const Digest& digest, const std::filesystem::path& archive, const std::string& platform);
  void dropUnused();

  static constexpr std::size_t kUnused = 4;

  const std::filesystem::path m_folder;
  const ImageLimits m_most;
  std::mutex m_mutex;  ///< guards what follows
  std::condition_variable m_settled;
  std::map<Digest, Entry> m_images;
  std::set<Digest> m_busy;
  std::uint64_t m_uses = 0;
};

}  // namespace hearth::image
