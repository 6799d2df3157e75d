// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wire/agent.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::roundTrip(fuzz::textOf(data, size), wire::parseSyncReply,
                  [](const wire::SyncReply& reply) { return wire::toJson(reply); });
  return 0;
}
