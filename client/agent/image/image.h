// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "image/image_limits.h"
#include "image/image_manifest.h"

namespace hearth::image {

/// An image's files on disk, read-only for tasks, with the sandbox's mount points in place, and how to run it.
struct UnpackedImage {
  std::filesystem::path root;
  ImageConfig config;
};

/// Reads what an image is (docker-archive, or OCI layout as a folder or tar archive; platform as for readManifest) and
/// checks every layer against its digest without unpacking it.
Result<ImageManifest> inspectImage(const std::filesystem::path& image, const std::string& platform,
                                   const ImageLimits& most = {});

/// Unpacks an image into `folder`, which must be there and empty. On failure it is left half done, to be removed; the
/// digests of a layer are known to hold only when this returned.
Result<UnpackedImage> unpackImage(const std::filesystem::path& image, const std::string& platform,
                                  const std::filesystem::path& folder, const ImageLimits& most = {});

/// How an image's program is started for one task: what a RunSpec needs.
struct ImageRun {
  std::string program;  ///< absolute in the image
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string workingFolder;  ///< empty: the task's folder
  std::uint32_t user = 0, group = 0;
};

/// `command` replaces the image's own (Cmd) where it is not empty, as `docker run IMAGE ARGUMENTS` does; the task's
/// environment comes over the image's. A program without a slash is looked up in the image's PATH.
Result<ImageRun> planRun(const UnpackedImage& image, const std::vector<std::string>& command,
                         const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace hearth::image
