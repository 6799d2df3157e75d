// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "image/image_source.h"

namespace hearth::image {

/// A layer's tar archive out of the bytes that are stored, which may be packed by gzip or zstd. Both are hashed on the
/// way, to their last byte. Used by one thread.
class LayerStream {
 public:
  /// More than `mostBytes` out of it is kTooLarge. `stored` must outlive this.
  static Result<std::unique_ptr<LayerStream>> open(ByteStream& stored, std::uint64_t mostBytes);
  virtual ~LayerStream() = default;

  /// The next piece of the archive, valid until the next call; empty at the end.
  virtual Result<std::string_view> next() = 0;

  struct Digests {
    Digest stored, unpacked;
  };
  /// Reads what is left.
  virtual Result<Digests> finish() = 0;
};

}  // namespace hearth::image
