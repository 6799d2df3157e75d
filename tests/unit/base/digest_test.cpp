// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

#include <set>

#include <catch2/catch.hpp>

#include "base/ids.h"

using namespace hearth;

TEST_CASE("a digest reads back from its hexadecimal form") {
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) digest.bytes[i] = static_cast<std::uint8_t>(i * 8 + 3);
  const std::string hex = digest.hex();
  CHECK(hex.substr(0, 8) == "030b131b");
  REQUIRE(Digest::parse(hex));
  CHECK(*Digest::parse(hex) == digest);
}

TEST_CASE("upper case is read and written as lower case") {
  const std::string upper(64, 'A');
  REQUIRE(Digest::parse(upper));
  CHECK(Digest::parse(upper)->hex() == std::string(64, 'a'));
}

TEST_CASE("a digest is 64 hexadecimal digits and nothing else") {
  CHECK_FALSE(Digest::parse(""));
  CHECK_FALSE(Digest::parse(std::string(63, 'a')));
  CHECK_FALSE(Digest::parse(std::string(65, 'a')));
  CHECK_FALSE(Digest::parse(std::string(63, 'a') + "g"));
  CHECK_FALSE(Digest::parse(" " + std::string(63, 'a')));
  CHECK(Digest::parse("zz").error().code == ErrorCode::kInvalid);
}

TEST_CASE("neighbouring tasks have different hashes") {
  std::set<std::size_t> seen;
  for (std::uint64_t batch = 1; batch <= 10; ++batch) {
    for (TaskIndex index = 0; index < 1000; ++index) seen.insert(std::hash<TaskId>{}({BatchId{batch}, index}));
  }
  CHECK(seen.size() == 10'000);
}
