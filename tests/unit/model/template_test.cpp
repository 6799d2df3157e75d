// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/template.h"

#include <catch2/catch.hpp>

#include "base/limits.h"

using namespace hearth;

namespace {
const Parameters kParameters{{"curve", "11"}, {"seed", "{x}"}, {"index", "4"}};
const std::vector<std::string> kNames{"curve", "seed", "index"};
}  // namespace

TEST_CASE("names in braces become values, once") {
  CHECK(expandTemplate("-sigma {curve} out.{index}", kParameters) == "-sigma 11 out.4");
  CHECK(expandTemplate("{seed}", kParameters) == "{x}");
  CHECK(expandTemplate("{curve}{curve}", kParameters) == "1111");
  CHECK(expandTemplate("", kParameters) == "");
}

TEST_CASE("doubled braces stand for braces") {
  CHECK(expandTemplate("awk '{{print}}' {{{curve}}}", kParameters) == "awk '{print}' {11}");
  CHECK(expandTemplate("{{curve}}", kParameters) == "{curve}");
}

TEST_CASE("an unknown name suggests the nearest known one") {
  const auto expanded = expandTemplate("{curv}", kParameters);
  REQUIRE_FALSE(expanded);
  CHECK(expanded.error().message == "there is no parameter 'curv' for '{curv}'. Did you mean 'curve'?");
  CHECK(expanded.error().hint.find("{seed}") != std::string::npos);
  CHECK(checkTemplate("{curve} {idnex}", kNames).error().message.find("'index'") != std::string::npos);
  CHECK(checkTemplate("{curve} {index} {{}}", kNames));
}

TEST_CASE("braces out of balance are refused") {
  for (const char* text : {"{", "}", "a{curve", "curve}", "{cur{ve}", "{}"}) {
    INFO(text);
    CHECK_FALSE(expandTemplate(text, kParameters));
    CHECK_FALSE(checkTemplate(text, kNames));
  }
}

TEST_CASE("an expansion is bounded") {
  const Parameters longOne{{"x", std::string(limits::kArgumentBytes, 'x')}};
  CHECK(expandTemplate("{x}", longOne));
  CHECK(expandTemplate("{x}{x}", longOne).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a template knows whether it has parameters") {
  CHECK(hasParameters("a{curve}"));
  CHECK_FALSE(hasParameters("a{{curve}}"));
  CHECK_FALSE(hasParameters(""));
}

TEST_CASE("paths that stay inside are accepted") {
  for (const char* path : {"a", "a/b.txt", "...", ".hidden", "a..b", "a b", "\xC3\xA4", "lib64/ld-linux-x86-64.so.2"}) {
    INFO(path);
    CHECK(checkRelativePath(path));
  }
}

TEST_CASE("paths that leave or confuse are refused") {
  for (const char* path : {"", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/.", "a//b", "a/",
                           "a\\b", "\\\\host\\x"}) {
    INFO(path);
    REQUIRE_FALSE(checkRelativePath(path));
    CHECK_FALSE(checkRelativePath(path).error().hint.empty());
  }
  CHECK_FALSE(checkRelativePath(std::string_view("a\0b", 3)));
  CHECK_FALSE(checkRelativePath(std::string(limits::kPathBytes + 1, 'a')));
  CHECK_FALSE(checkRelativePath(std::string(256, 'a')));
  CHECK(checkRelativePath(std::string(255, 'a') + "/" + std::string(255, 'b')));
}
