// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>

#include "fuzz.h"
#include "image/image_limits.h"
#include "image/image_manifest.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = image::parseConfig(std::string(fuzz::textOf(data, size)), {});
  if (!config) HEARTH_CHECK(!config.error().message.empty(), "a refusal says why");
  return 0;
}
