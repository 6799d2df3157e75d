// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wire/batch_json.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  fuzz::roundTrip(text, wire::parseBatchSpec, [](const BatchSpec& spec) { return wire::toJson(spec); });
  const auto spec = wire::parseBatchSpec(text);
  if (!spec) return 0;
  const auto tasks = wire::checkBatchSpec(*spec);
  if (tasks && !spec->sweep.list) {
    HEARTH_CHECK(parametersAt(spec->sweep, *tasks - 1).size() == spec->sweep.axes.size() + 1,
                 "the last task has parameters");
  }
  return 0;
}
