// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::image {

/// Bytes that come piece by piece. Used by one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// The next piece, valid until the next call; empty at the end.
  virtual Result<std::string_view> next() = 0;
};

/// The named members of an image as it was saved: a tar archive or a folder. Members that are links are followed within
/// it and nowhere else. Streams must not outlive it.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  virtual bool has(const std::string& member) const = 0;
  /// kNotFound when there is no such regular file in it.
  virtual Result<std::unique_ptr<ByteStream>> open(const std::string& member) const = 0;
};

/// Reads the list of members. Refuses what is neither an uncompressed tar archive nor a folder, with what to do.
Result<std::unique_ptr<ImageSource>> openImageSource(const std::filesystem::path& image);

/// A whole member of at most `mostBytes`.
Result<std::string> readMember(const ImageSource& source, const std::string& member, std::size_t mostBytes);

}  // namespace hearth::image
