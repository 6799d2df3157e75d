// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>

#include "fuzz.h"
#include "image/image_limits.h"
#include "image/layer_stream.h"
#include "image/root_folder.h"
#include "image/unpack_layer.h"
#include "outside.h"

using namespace hearth;

namespace {

class Bytes final : public image::ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : m_bytes(bytes) {}
  Result<std::string_view> next() override { return std::exchange(m_bytes, {}); }

 private:
  std::string_view m_bytes;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Place place;
  image::ImageLimits most;
  most.entries = 1000;
  most.bytes = 4 * limits::kMiB;
  Bytes bytes(fuzz::textOf(data, size));
  auto layer = image::LayerStream::open(bytes, 2 * most.bytes);
  auto root = image::RootFolder::open(place.inside(), most.depth);
  HEARTH_CHECK(root.has_value(), "an empty folder can be unpacked into");
  if (layer) {
    image::UnpackTotals totals;
    const auto unpacked = image::unpackLayer(**layer, **root, most, totals);
    HEARTH_CHECK(totals.entries <= most.entries + 1, "entries are counted");
    if (!unpacked) HEARTH_CHECK(!unpacked.error().message.empty(), "a refusal says why");
  }
  static_cast<void>((*root)->finish());
  HEARTH_CHECK(place.names() == 1, "a layer stays in its folder");
  return 0;
}
