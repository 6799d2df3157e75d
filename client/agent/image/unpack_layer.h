// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/result.h"
#include "image/image_limits.h"
#include "image/layer_stream.h"
#include "image/root_folder.h"

namespace hearth::image {

/// What the layers of one image have used of its limits.
struct UnpackTotals {
  std::uint64_t entries = 0, bytes = 0;
};

/// Puts a layer over what is in the folder: whiteouts remove, the rest replaces. Devices, pipes and sockets are left
/// out; owners, times, set-id bits and extended attributes are not kept. Does not read the stream to its end.
Result<void> unpackLayer(LayerStream& layer, RootFolder& root, const ImageLimits& most, UnpackTotals& totals);

}  // namespace hearth::image
