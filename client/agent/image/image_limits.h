// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace hearth::image {

/// What an image may have at most. The defaults take every image that is fit for a volunteer's disk.
struct ImageLimits {
  std::size_t layers = 128;
  std::uint64_t entries = 500'000;               ///< of all layers together
  std::uint64_t bytes = 32 * limits::kGiB;       ///< of all layers unpacked; holes of sparse files count
  std::size_t depth = 100;                       ///< parts of a path
  std::size_t documentBytes = 4 * limits::kMiB;  ///< one of its JSON documents
};

}  // namespace hearth::image
