// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/result.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace hearth;

namespace {

Result<void> refuse() { return fail(ErrorCode::kTooLarge, "too much", "less"); }
Result<int> tryIt(bool bad) {
  if (bad) HEARTH_TRY(refuse());
  return 7;
}

}  // namespace

TEST_CASE("HEARTH_TRY leaves with the error and goes on without one") {
  CHECK(tryIt(false) == 7);
  REQUIRE_FALSE(tryIt(true));
  CHECK(tryIt(true).error() == Error{ErrorCode::kTooLarge, "too much", "less"});
}

TEST_CASE("an error is put into its context and keeps its code and hint") {
  CHECK(Error{ErrorCode::kIo, "cannot read", "check it"}.within("/a/b") ==
        Error{ErrorCode::kIo, "/a/b: cannot read", "check it"});
}

TEST_CASE("every error code has a name of its own") {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kTimeout); ++code) {
    names.insert(errorCodeName(static_cast<ErrorCode>(code)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ErrorCode::kTimeout) + 1);
  CHECK(names.count("unknown") == 0);
}
