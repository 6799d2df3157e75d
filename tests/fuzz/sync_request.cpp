// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wire/agent.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::roundTrip(fuzz::textOf(data, size), wire::parseSyncRequest,
                  [](const wire::SyncRequest& request) { return wire::toJson(request); });
  return 0;
}
