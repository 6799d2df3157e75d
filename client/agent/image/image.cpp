// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image.h"

#include <string_view>

#include "image/archive_reader.h"
#include "image/image_source.h"
#include "image/layer_stream.h"
#include "image/root_folder.h"
#include "image/unpack_layer.h"

namespace hearth::image {
namespace {

namespace fs = std::filesystem;

/// Opens one layer after the other; `take` may leave some of it unread.
template <typename Take>
Result<void> eachLayer(const ImageSource& source, const ImageManifest& manifest, const ImageLimits& most, Take take) {
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const LayerRef& layer = manifest.layers[i];
    const std::string name =
        "layer " + std::to_string(i + 1) + " of " + std::to_string(manifest.layers.size()) + " (" + layer.member + ")";
    auto stored = source.open(layer.member);
    if (!stored) return fail(std::move(stored).error().within(name));
    // A tar archive is larger than the files in it: as much again for names and padding of many small ones.
    auto stream = LayerStream::open(**stored, 2 * most.bytes);
    if (!stream) return fail(std::move(stream).error().within(name));
    if (auto taken = take(**stream); !taken) return fail(std::move(taken).error().within(name));
    auto digests = (*stream)->finish();
    if (!digests) return fail(std::move(digests).error().within(name));
    if ((layer.stored && digests->stored != *layer.stored) || digests->unpacked != layer.unpacked) {
      return fail(ErrorCode::kIntegrity, name + " does not have its digest " + layer.unpacked.hex(),
                  "Save the image again: its archive is damaged or was changed.");
    }
  }
  return {};
}

/// The task's folder, or below one that every task has anew.
bool isSandboxFolder(const std::string& path) {
  for (const std::string_view top : {"/work", "/tmp", "/proc", "/dev"}) {
    if (path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/')) return true;
  }
  return false;
}

}  // namespace

Result<ImageManifest> inspectImage(const fs::path& image, const std::string& platform, const ImageLimits& most) {
  const Utf8Scope scope;
  auto source = openImageSource(image);
  if (!source) return fail(std::move(source).error());
  auto manifest = readManifest(**source, platform, most);
  if (!manifest) return manifest;
  HEARTH_TRY(eachLayer(**source, *manifest, most, [](LayerStream&) { return Result<void>(); }));
  return manifest;
}

Result<UnpackedImage> unpackImage(const fs::path& image, const std::string& platform, const fs::path& folder,
                                  const ImageLimits& most) {
  const Utf8Scope scope;
  auto source = openImageSource(image);
  if (!source) return fail(std::move(source).error());
  auto manifest = readManifest(**source, platform, most);
  if (!manifest) return fail(std::move(manifest).error());
  auto root = RootFolder::open(folder, most.depth);
  if (!root) return fail(std::move(root).error());
  UnpackTotals totals;
  HEARTH_TRY(eachLayer(**source, *manifest, most,
                       [&](LayerStream& layer) { return unpackLayer(layer, **root, most, totals); }));
  std::string& working = manifest->config.workingFolder;
  working = fs::path(working).lexically_normal().string();
  if (isSandboxFolder(working)) working.clear();
  HEARTH_TRY((*root)->makeFolder(working));
  HEARTH_TRY((*root)->finish());
  return UnpackedImage{folder, std::move(manifest->config)};
}

}  // namespace hearth::image
