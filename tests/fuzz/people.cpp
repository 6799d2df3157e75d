// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/people.h"

#include "fuzz.h"
#include "wire/problem.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  fuzz::roundTrip(text, wire::parseBatchPage, [](const wire::BatchPage& page) { return wire::toJson(page); });
  fuzz::roundTrip(text, wire::parseTaskPage, [](const wire::TaskPage& page) { return wire::toJson(page); });
  fuzz::roundTrip(text, wire::parseResultPage, [](const wire::ResultPage& page) { return wire::toJson(page); });
  fuzz::roundTrip(text, wire::parseHostPage, [](const wire::HostPage& page) { return wire::toJson(page); });
  fuzz::roundTrip(text, wire::parseAccountWeight, [](const wire::AccountWeight& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseJoinTokenRequest, [](const wire::JoinTokenRequest& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseAccountRequest, [](const wire::AccountRequest& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseAppVersionRequest, [](const wire::AppVersionRequest& r) { return wire::toJson(r); });
  fuzz::roundTrip(text, wire::parseKeysView, [](const wire::KeysView& view) { return wire::toJson(view); });
  HEARTH_CHECK(!wire::parseProblem(text, 500).message.empty(), "an error says something");
  return 0;
}
