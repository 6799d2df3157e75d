// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wire/agent.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  fuzz::roundTrip(text, wire::parseEnrolRequest, [](const wire::EnrolRequest& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseEnrolReply, [](const wire::EnrolReply& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseRenewRequest, [](const wire::RenewRequest& r) { return wire::toJson(r); });
  return 0;
}
