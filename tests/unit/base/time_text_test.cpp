// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/time_text.h"

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace hearth;

TEST_CASE("an instant is written as RFC 3339 in UTC") {
  CHECK(formatInstant(Instant{}) == "1970-01-01T00:00:00Z");
  CHECK(formatInstant(Instant::ofUnixSeconds(951'827'696)) == "2000-02-29T12:34:56Z");
  CHECK(formatInstant(Instant{1'000'001}) == "1970-01-01T00:00:01.000001Z");
  CHECK(formatInstant(Instant{-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(formatInstant(Instant::farFuture()) == "9999-12-31T23:59:59Z");
  CHECK(formatInstant(Instant{std::numeric_limits<std::int64_t>::min()}) == "0000-01-01T00:00:00Z");
}

TEST_CASE("what is written reads back") {
  RandomStream random(3);
  for (int i = 0; i < 2'000; ++i) {
    const Instant instant{static_cast<std::int64_t>(random.next() % 250'000'000'000'000'000ULL) -
                          60'000'000'000'000'000};
    const auto read = parseInstant(formatInstant(instant));
    REQUIRE(read);
    REQUIRE(*read == instant);
  }
}

TEST_CASE("offsets and decimals are understood") {
  CHECK(parseInstant("1970-01-01T01:00:00+01:00") == Instant{});
  CHECK(parseInstant("1969-12-31T23:30:00-00:30") == Instant{});
  CHECK(parseInstant("1970-01-01T00:00:00.5Z") == Instant{500'000});
  CHECK(parseInstant("1970-01-01t00:00:00.123456789z") == Instant{123'456});
}

TEST_CASE("what is no date is refused with an example") {
  for (const char* text :
       {"", "now", "2026-01-31", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T08:15:00", "2026-01-31T08:15:00.Z", "2026-01-31T08:15:00Z ", "2026-1-31T08:15:00Z",
        "2026-01-31T08:15:00+1:00", "2026-01-31T08:15:00.1234567890Z"}) {
    INFO(text);
    REQUIRE_FALSE(parseInstant(text));
    CHECK(parseInstant(text).error().hint.find("2026-01-31T08:15:00Z") != std::string::npos);
  }
}
