// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "samples.h"
#include "wire/batch_json.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

using namespace hearth;
using namespace hearth::tests;
using namespace hearth::wire;

namespace {

struct Nothing {};

/// What reading a text with `read` says; empty: nothing.
template <typename Read>
std::string complaint(std::string_view text, Read read) {
  const auto result = readJson<Nothing>(text, [&](JsonReader& json, Nothing&) { read(json); });
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("every kind of value is written in its documented form") {
  JsonWriter json;
  json.beginObject()
      .member("text", "a\"b\\c\n\t\x01")
      .member("yes", true)
      .member("big", std::numeric_limits<std::uint64_t>::max())
      .member("small", std::numeric_limits<std::int64_t>::min())
      .member("real", 0.1)
      .member("nan", std::nan(""))
      .member("id", BatchId{5})
      .member("at", Instant::ofUnixSeconds(0))
      .member("forMs", Duration::seconds(2))
      .key("list")
      .beginArray()
      .value(1)
      .beginArray()
      .endArray()
      .beginObject()
      .endObject()
      .null()
      .endArray()
      .endObject();
  CHECK(json.take() ==
        R"({"text":"a\"b\\c\n\t\u0001","yes":true,"big":18446744073709551615,"small":-9223372036854775808,)"
        R"("real":0.1,"nan":null,"id":5,"at":"1970-01-01T00:00:00Z","forMs":2000,"list":[1,[],{},null]})");
}

TEST_CASE("numbers keep all their digits") {
  CHECK(complaint(R"({"n":18446744073709551615})", [](JsonReader& json) {
          CHECK(json.number("n") == std::numeric_limits<std::uint64_t>::max());
        }).empty());
  CHECK(complaint(R"({"n":-9223372036854775808})", [](JsonReader& json) {
          CHECK(json.integer("n") == std::numeric_limits<std::int64_t>::min());
        }).empty());
  CHECK_FALSE(complaint(R"({"n":18446744073709551616})", [](JsonReader& json) { json.number("n"); }).empty());
  CHECK_FALSE(complaint(R"({"n":9223372036854775808})", [](JsonReader& json) { json.integer("n"); }).empty());
  CHECK_FALSE(complaint(R"({"n":4294967296})", [](JsonReader& json) { json.number32("n"); }).empty());
  CHECK_FALSE(complaint(R"({"n":true})", [](JsonReader& json) { json.number("n"); }).empty());
}

TEST_CASE("absence and null are the same") {
  CHECK(complaint(R"({"a":null})", [](JsonReader& json) {
          CHECK_FALSE(json.has("a"));
          CHECK(json.textOr("a", "x") == "x");
          CHECK(json.numberOr("b", 7) == 7);
          CHECK(json.flagOr("a", true));
          CHECK(json.texts("a", 3).empty());
        }).empty());
  CHECK(complaint(R"({"a":null})", [](JsonReader& json) { json.text("a"); }) == "member 'a': is missing");
}

TEST_CASE("the first error stays and everything after it is quiet") {
  CHECK(complaint(R"({"a":{"b":[{"c":1},{"c":"x"}]},"d":7})", [](JsonReader& json) {
          json.object("a", [](JsonReader& a) { a.objects("b", 9, [](JsonReader& b) { b.number("c"); }); });
          CHECK(json.failed());
          CHECK(json.text("d").empty());
          json.object("missing", [](JsonReader&) { FAIL("called in spite of an error"); });
        }) == "member 'a.b[1].c': must be a whole number of 0 or more");
}

TEST_CASE("bounds on text, lists and objects hold") {
  CHECK(complaint(R"({"t":"abcd"})", [](JsonReader& json) { json.text("t", 3); }) ==
        "member 't': is longer than 3 bytes");
  CHECK(complaint(R"({"t":"a\u0000b"})", [](JsonReader& json) { json.text("t"); }) ==
        "member 't': contains a NUL character");
  CHECK(complaint(R"({"t":["a","bcd"]})", [](JsonReader& json) { json.texts("t", 2, 2); }) ==
        "member 't[1]': is longer than 2 bytes");
  CHECK(complaint(R"({"t":{"a":"b","c":1}})", [](JsonReader& json) { json.pairs("t", 5); }) ==
        "member 't.c': must be text");
  CHECK(complaint(R"({"t":{"a":"b","c":"d"}})", [](JsonReader& json) { json.pairs("t", 1); }) ==
        "member 't': has 2 entries, the limit is 1");
  CHECK(complaint(R"({"t":[1]})", [](JsonReader& json) { json.objects("t", 5, [](JsonReader&) {}); }) ==
        "member 't[0]': must be an object");
  CHECK(complaint(R"({"tMs":99999999999999})", [](JsonReader& json) { json.duration("tMs"); }) != "");
  CHECK(complaint(R"({"t":"yesterday"})", [](JsonReader& json) { json.instant("t"); }) ==
        "member 't': 'yesterday' is no date and time");
  CHECK(complaint(R"({"t":["ab"]})", [](JsonReader& json) { json.digests("t", 5); }).find("t[0]") != std::string::npos);
}

TEST_CASE("unknown members are refused with the nearest known one where people write") {
  CHECK(complaint(R"({"quorom":2})", [](JsonReader& json) {
          json.refuseUnknown({"quorum", "retries"});
        }) == "member 'quorom': is not known. Did you mean 'quorum'?");
}

TEST_CASE("what is no JSON object is refused and says why") {
  const auto messageOf = [](std::string_view text) { return complaint(text, [](JsonReader&) {}); };
  CHECK(messageOf("").find("ends too early") != std::string::npos);
  CHECK(messageOf("   ").find("ends too early") != std::string::npos);
  CHECK(messageOf("{\"a\":").find("ends too early") != std::string::npos);
  CHECK(messageOf("{\"a\":1").find("ends too early") != std::string::npos);
  CHECK(messageOf("[]") == "the JSON text is no object");
  CHECK(messageOf("7") == "the JSON text is no object");
  CHECK(messageOf("{a:1}").find("this is no JSON") == 0);
  CHECK(messageOf("{\"a\":1,}").find("at byte 7") != std::string::npos);
  CHECK(messageOf("{} x").find("this is no JSON") == 0);
  CHECK(messageOf("{\"a\":\"\xFF\"}").find("this is no JSON") == 0);
  CHECK(messageOf("{\"a\":01}") != "");
  CHECK(messageOf("{\"a\":NaN}") != "");
  CHECK(messageOf(std::string_view("{\"a\":1}\0", 8)) != "");
}

TEST_CASE("every prefix of a message is refused, never half read") {
  for (const std::string& text : {toJson(sampleSyncRequest()), toJson(sampleSpec())}) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      REQUIRE_FALSE(parseSyncRequest(std::string_view(text).substr(0, length)));
      REQUIRE_FALSE(parseBatchSpec(std::string_view(text).substr(0, length)));
    }
  }
}

TEST_CASE("deep nesting and large bodies are refused before they cost anything") {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(complaint(nested(limits::kJsonDepth), [](JsonReader&) {}).empty());
  CHECK(complaint(nested(limits::kJsonDepth + 1), [](JsonReader&) {}) ==
        "the JSON text is nested deeper than 32 levels");
  CHECK(parseSyncRequest(std::string(1'000'000, '[')).error().code != ErrorCode::kExhausted);
  CHECK(parseSyncRequest("{\"a\":" + std::string(1'000'000, '[')).error().code == ErrorCode::kTooLarge);
  const std::string large = "{\"a\":\"" + std::string(limits::kJsonBodyBytes, 'a') + "\"}";
  CHECK(parseSyncRequest(large).error().code == ErrorCode::kTooLarge);
  CHECK(parseEnrolRequest("{\"a\":\"" + std::string(200'000, 'a') + "\"}").error().code == ErrorCode::kTooLarge);
}

TEST_CASE("of a member that is there twice the last one counts") {
  CHECK(complaint(R"({"a":1,"b":{"a":5},"a":2,"p":{"x":"1","y":"2","x":"3"}})", [](JsonReader& json) {
          CHECK(json.number("a") == 2);
          const std::vector<std::pair<std::string, std::string>> wanted{{"y", "2"}, {"x", "3"}};
          CHECK(json.pairs("p", 9) == wanted);
        }).empty());
}

TEST_CASE("escaped names and texts are read as what they stand for, next to plain ones") {
  CHECK(complaint(R"({"\u0061b":"x\ny","c":"\ud83d\ude00","plain":"z","l":["\"","q","\u00e4"]})", [](JsonReader& json) {
          CHECK(json.text("ab") == "x\ny");
          CHECK(json.text("c") == "\xF0\x9F\x98\x80");
          CHECK(json.text("plain") == "z");
          CHECK(json.texts("l", 3) == std::vector<std::string>{"\"", "q", "\xC3\xA4"});
        }).empty());
}

TEST_CASE("members behind nested values of any size are found") {
  CHECK(complaint(R"({"a":[[],{},[1,[2,{"z":1}]]],"b":{"a":{"a":[7]}},"list":[{"n":1,"x":[1,2]},{"n":2}],"z":9})",
                  [](JsonReader& json) {
                    CHECK(json.number("z") == 9);
                    std::uint64_t sum = 0;
                    json.objects("list", 2, [&](JsonReader& inner) { sum = 10 * sum + inner.number("n"); });
                    CHECK(sum == 12);
                    CHECK(json.raw("b") == R"({"a":{"a":[7]}})");
                    CHECK(json.raw("list") == R"([{"n":1,"x":[1,2]},{"n":2}])");
                  })
            .empty());
}
