// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "wire/package_json.h"

using namespace hearth;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  fuzz::roundTrip(text, wire::parsePackage, [](const Package& package) { return wire::toJson(package); });
  fuzz::roundTrip(text, wire::parsePackageSignature, [](const PackageSignature& s) { return wire::toJson(s); });
  fuzz::roundTrip(text, wire::parseKeyApproval, [](const KeyApproval& approval) { return wire::toJson(approval); });
  return 0;
}
