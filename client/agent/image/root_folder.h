// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"

namespace hearth::image {

/// The folder that an image is unpacked into. Every path of it is walked from its descriptor by openat2 and cannot
/// leave it: a link in the middle of a path leads where it would lead inside of the image, one at its end is never
/// followed. Whether a file may be executed is all that is kept of its mode. One thread; nobody else changes the folder
/// meanwhile.
class RootFolder {
 public:
  /// `folder` must be empty.
  static Result<std::unique_ptr<RootFolder>> open(const std::filesystem::path& folder, std::size_t depth);
  virtual ~RootFolder() = default;

  /// From here on whiteouts spare what is made after this.
  virtual void beginLayer() = 0;
  virtual Result<void> makeFolder(const std::string& path) = 0;
  /// The file, open for writing; to be closed by the caller.
  virtual Result<int> makeFile(const std::string& path, bool executable) = 0;
  virtual Result<void> makeLink(const std::string& path, const std::string& target) = 0;
  /// A second name of a file or link that is there already.
  virtual Result<void> makeHardLink(const std::string& path, const std::string& existing) = 0;
  /// Removes whatever has this name, of any layer.
  virtual Result<void> remove(const std::string& path) = 0;
  /// Removes what lower layers have under this name.
  virtual Result<void> whiteOut(const std::string& path) = 0;
  /// Removes what lower layers have in this folder.
  virtual Result<void> whiteOutBelow(const std::string& folder) = 0;
  /// Makes the folders that the sandbox mounts over, removes what would be in its way, and waits for the disk.
  virtual Result<void> finish() = 0;
};

}  // namespace hearth::image
