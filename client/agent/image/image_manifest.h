// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "image/image_limits.h"
#include "image/image_source.h"

namespace hearth::image {

/// What an image says about its program, as written in it.
struct ImageConfig {
  std::vector<std::string> entryPoint, command;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string user;           ///< "", "1000", "1000:100", "name", "name:group"
  std::string workingFolder;  ///< absolute, or empty
  bool operator==(const ImageConfig&) const = default;
};

/// One layer: where its bytes are, and what they must be.
struct LayerRef {
  std::string member;
  std::optional<Digest> stored;  ///< of the member's bytes, where the image's form names it
  Digest unpacked;               ///< of the tar archive in it
};

/// What an image consists of. Plain value.
struct ImageManifest {
  ImageConfig config;
  std::string platform;          ///< "linux-x86_64"
  std::vector<LayerRef> layers;  ///< lowest first
};

/// Reads an OCI layout or a docker-archive, and of an image for several platforms the one for `platform` (empty: the
/// only one, else refused). The digests of index, manifest and configuration are checked where the form names them.
Result<ImageManifest> readManifest(const ImageSource& source, const std::string& platform, const ImageLimits& most);

/// The configuration document alone: what `readManifest` finds in an image.
Result<ImageManifest> parseConfig(const std::string& document, const ImageLimits& most);

}  // namespace hearth::image
