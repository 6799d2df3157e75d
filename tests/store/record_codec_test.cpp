// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/record_codec.h"

#include <limits>

#include <catch2/catch.hpp>

#include "base/random.h"
#include "support/store_sample.h"

using namespace hearth;
using namespace hearth::db::sqlite;

namespace {

ResultReport fullReport() {
  ResultReport report;
  report.exit = ExitKind::kHostFailed;
  report.exitCode = std::numeric_limits<std::int32_t>::min();
  report.reason = std::string("nul \0 in it", 11);
  report.usage = {{std::numeric_limits<std::int64_t>::max()}, {-1}, ~0ULL};
  report.outputs = {{"a", tests::digestOf(1), ~0ULL, true}, {std::string(1'000, 'p'), tests::digestOf(2), 0, false}};
  report.standardOutput = tests::digestOf(3);
  report.standardError = tests::digestOf(4);
  return report;
}

}  // namespace

TEST_CASE("a report is decoded as it was encoded") {
  Bytes bytes{1, 2, 3};
  for (const ResultReport& report :
       {fullReport(), ResultReport{}, tests::recordOf(tests::leaseOf(1, 1, 1), {}).report}) {
    encode(report, bytes);
    CHECK(decodeReport(bytes) == report);
  }
  encode(ResultReport{}, bytes);
  CHECK(bytes.empty());
  encode(tests::recordOf(tests::leaseOf(1, 1, 1), AttemptState::kValid).report, bytes);
  CHECK(bytes.size() < 120);
}

TEST_CASE("a signature is decoded as it was encoded") {
  Bytes bytes;
  const PackageSignature signature = tests::sampleVersion("ecm", "1.0", 3).signature;
  REQUIRE(signature.approvals.size() == 1);
  for (const PackageSignature& one : {signature, PackageSignature{}}) {
    encode(one, bytes);
    CHECK(decodeSignature(bytes) == one);
  }
}

TEST_CASE("devices are decoded as they were encoded, and nothing else is") {
  Bytes bytes;
  const std::vector<Gpu> gpus{{"a card", {DeviceApi::kOpenCl, DeviceApi::kCuda}, 8ULL << 30}, {"", {}, 0}};
  encode(gpus, bytes);
  CHECK(decodeGpus(bytes) == gpus);
  for (std::size_t size = 1; size < bytes.size(); ++size) CHECK_FALSE(decodeGpus(std::span(bytes).first(size)));
  encode(std::vector<Gpu>{}, bytes);
  CHECK(bytes.empty());
  CHECK(decodeGpus(bytes) == std::vector<Gpu>{});
}

TEST_CASE("bytes that are cut off, too long or changed are refused or read as something else, never beyond their end") {
  Bytes bytes;
  encode(fullReport(), bytes);
  for (std::size_t size = 1; size < bytes.size(); ++size) CHECK_FALSE(decodeReport(std::span(bytes).first(size)));
  bytes.push_back(0);
  CHECK_FALSE(decodeReport(bytes));
  bytes.pop_back();
  RandomStream random(7);
  for (int i = 0; i < 20'000; ++i) {
    Bytes broken = bytes;
    broken[random.below(static_cast<std::uint32_t>(broken.size()))] = static_cast<std::uint8_t>(random.next());
    (void)decodeReport(broken);
    (void)decodeSignature(broken);
  }
  CHECK_FALSE(decodeReport(Bytes{2}));
  CHECK_FALSE(decodeReport(Bytes(12, 0xff)));
  CHECK_FALSE(decodeSignature({}));
}
