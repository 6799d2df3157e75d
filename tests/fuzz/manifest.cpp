// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest.h"

#include "fuzz.h"
#include "wire/batch_json.h"
#include "wire/manifest_parts.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  const auto manifest = wire::parseManifest(text);
  if (manifest) {
    HEARTH_CHECK(!manifest->listPath.empty() || taskCount(manifest->spec.sweep).has_value(), "its sweep is sound");
    (void)wire::checkBatchSpec(manifest->spec);
  } else {
    HEARTH_CHECK(!manifest.error().hint.empty(), "a refusal says what to do");
  }
  (void)wire::splitCommand(text);
  (void)wire::rangeOfLiterals("x", text, "1", "1");
  if (const auto duration = wire::parseDuration(text)) {
    HEARTH_CHECK(wire::parseDuration(wire::formatDuration(*duration)) == *duration, "a duration reads back");
  }
  (void)wire::parseByteCount(text);
  return 0;
}
