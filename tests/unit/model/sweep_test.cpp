// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/sweep.h"

#include <limits>
#include <set>

#include <catch2/catch.hpp>

#include "base/limits.h"

using namespace hearth;

namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

RangeAxis range(std::int64_t first, std::int64_t last, std::int64_t step = 1, std::uint32_t decimals = 0) {
  return {"n", first, last, step, decimals};
}
Result<std::uint64_t> count(Axis axis) { return taskCount(Sweep{{std::move(axis)}, {}}); }

std::vector<std::string> valuesOf(const Axis& axis) {
  const Sweep sweep{{axis}, {}};
  std::vector<std::string> values;
  for (TaskIndex i = 0; i < taskCount(sweep).value(); ++i) values.push_back(parametersAt(sweep, i)[0].second);
  return values;
}

std::string messageOf(const Result<std::uint64_t>& result) { return result ? "" : result.error().message; }

ListFile listOf(std::vector<std::string> columns, std::uint64_t lines = 10) {
  ListFile list;
  list.columns = std::move(columns);
  list.lines = lines;
  return list;
}

}  // namespace

TEST_CASE("a sweep without axes is one task with its index") {
  const Sweep sweep;
  CHECK(taskCount(sweep) == 1U);
  CHECK(parametersAt(sweep, 0) == Parameters{{"index", "0"}});
}

TEST_CASE("a range has both its ends and exactly its decimals") {
  CHECK(valuesOf(range(1, 4)) == std::vector<std::string>{"1", "2", "3", "4"});
  CHECK(valuesOf(range(0, 15, 5, 2)) == std::vector<std::string>{"0.00", "0.05", "0.10", "0.15"});
  CHECK(valuesOf(range(10, -10, -10, 1)) == std::vector<std::string>{"1.0", "0.0", "-1.0"});
  CHECK(valuesOf(range(-5, 5, 5, 3)) == std::vector<std::string>{"-0.005", "0.000", "0.005"});
  CHECK(valuesOf(range(7, 7, 0)) == std::vector<std::string>{"7"});
}

TEST_CASE("a thousand steps of a decimal do not drift") {
  const Sweep sweep{{range(0, 1000, 1, 3)}, {}};
  REQUIRE(taskCount(sweep) == 1001U);
  CHECK(parametersAt(sweep, 1000)[0].second == "1.000");
  CHECK(parametersAt(sweep, 299)[0].second == "0.299");
}

TEST_CASE("the last axis varies fastest") {
  const Sweep sweep{{Axis(RangeAxis{"a", 1, 2, 1, 0}), Axis(ListAxis{"b", {"x", "y", "z"}})}, {}};
  REQUIRE(taskCount(sweep) == 6U);
  CHECK(parametersAt(sweep, 0) == Parameters{{"a", "1"}, {"b", "x"}, {"index", "0"}});
  CHECK(parametersAt(sweep, 2) == Parameters{{"a", "1"}, {"b", "z"}, {"index", "2"}});
  CHECK(parametersAt(sweep, 3) == Parameters{{"a", "2"}, {"b", "x"}, {"index", "3"}});
  CHECK(parametersAt(sweep, 5) == Parameters{{"a", "2"}, {"b", "z"}, {"index", "5"}});
  CHECK(parameterNames(sweep) == std::vector<std::string>{"a", "b", "index"});
}

TEST_CASE("every combination of a product is there once") {
  const Sweep sweep{
      {Axis(RangeAxis{"a", 2, -2, -1, 0}), Axis(ListAxis{"b", {"x", "y"}}), Axis(RangeAxis{"c", 0, 15, 5, 1})}, {}};
  REQUIRE(taskCount(sweep) == 40U);
  std::set<std::string> seen;
  for (TaskIndex index = 0; index < 40; ++index) {
    const Parameters p = parametersAt(sweep, index);
    seen.insert(p[0].second + "," + p[1].second + "," + p[2].second);
  }
  CHECK(seen.size() == 40);
  CHECK(seen.count("-2,y,1.5") == 1);
  CHECK(seen.count("2,x,0.0") == 1);
}

TEST_CASE("a range that leads nowhere or misses its end says so") {
  CHECK(messageOf(count(range(1, 10, 0))).find("step of 0") != std::string::npos);
  CHECK(messageOf(count(range(1, 10, -1))).find("is empty") != std::string::npos);
  CHECK(messageOf(count(range(10, 1, 1))).find("is empty") != std::string::npos);
  const auto missed = count(range(0, 100, 30, 2));
  REQUIRE_FALSE(missed);
  CHECK(missed.error().message == "sweep axis 'n' does not meet its end: steps of 0.30 from 0.00 do not reach 1.00");
  CHECK(missed.error().hint.find("End it at 0.90") != std::string::npos);
  CHECK(count(range(10, 1, -4)).error().hint.find("End it at 2") != std::string::npos);
}

TEST_CASE("empty lists, twin names and bad names are refused by name") {
  CHECK(messageOf(count(ListAxis{"seed", {}})) == "sweep axis 'seed' is empty");
  CHECK(messageOf(taskCount({{Axis(range(1, 2)), Axis(range(1, 2))}, {}})).find("'n' is there twice") !=
        std::string::npos);
  CHECK(messageOf(count(ListAxis{"index", {"1"}})).find("'index'") != std::string::npos);
  for (const char* bad : {"", "1n", "a b", "a{", "-x"}) CHECK_FALSE(count(ListAxis{bad, {"1"}}));
  CHECK(count(ListAxis{"a.b-c_1", {"1"}}));
}

TEST_CASE("a sweep over the limit is refused without overflow") {
  CHECK(count(range(1, 1'000'000'000)) == limits::kTasksPerBatch);
  CHECK(count(range(1, 1'000'000'001)).error().code == ErrorCode::kTooLarge);
  CHECK(count(range(kLowest, kHighest)).error().code == ErrorCode::kTooLarge);
  CHECK(count(range(kHighest, kLowest, -1)).error().code == ErrorCode::kTooLarge);
  Sweep sweep;
  for (int i = 0; i < 16; ++i) sweep.axes.emplace_back(RangeAxis{"a" + std::to_string(i), 1, 999'999'999, 1, 0});
  CHECK(taskCount(sweep).error().code == ErrorCode::kTooLarge);
  CHECK(taskCount(sweep).error().message.find("'a1'") != std::string::npos);
  sweep.axes.emplace_back(RangeAxis{"one", 1, 1, 1, 0});
  CHECK(taskCount(sweep).error().message.find("16 axes") != std::string::npos);
}

TEST_CASE("the ends of 64 bits are values like others") {
  CHECK(valuesOf(range(kLowest, kLowest + 2)) ==
        std::vector<std::string>{"-9223372036854775808", "-9223372036854775807", "-9223372036854775806"});
  CHECK(valuesOf(range(-kHighest, kHighest, kHighest, 18)) ==
        std::vector<std::string>{"-9.223372036854775807", "0.000000000000000000", "9.223372036854775807"});
  CHECK(valuesOf(range(0, kLowest, kLowest)) == std::vector<std::string>{"0", "-9223372036854775808"});
}

TEST_CASE("a list counts its lines") {
  Sweep sweep;
  sweep.list = listOf({"x", "y"}, 1'000'000'000);
  CHECK(taskCount(sweep) == limits::kTasksPerBatch);
  CHECK(parameterNames(sweep) == std::vector<std::string>{"x", "y", "index"});
  sweep.list->lines = 0;
  CHECK(messageOf(taskCount(sweep)).find("empty") != std::string::npos);
  sweep.list = listOf({"x"});
  sweep.axes.emplace_back(range(1, 2));
  CHECK(messageOf(taskCount(sweep)).find("both") != std::string::npos);
  sweep.axes.clear();
  sweep.list->columns.clear();
  CHECK(messageOf(taskCount(sweep)).find("no columns") != std::string::npos);
  sweep.list->columns = {"a", "a"};
  CHECK_FALSE(taskCount(sweep));
}

TEST_CASE("a CSV line splits as RFC 4180 says") {
  using Fields = std::vector<std::string>;
  CHECK(splitCsvLine("a,b,c").value() == Fields{"a", "b", "c"});
  CHECK(splitCsvLine("").value() == Fields{""});
  CHECK(splitCsvLine(",").value() == Fields{"", ""});
  CHECK(splitCsvLine("a,").value() == Fields{"a", ""});
  CHECK(splitCsvLine("\"a,b\",\"say \"\"hi\"\"\"").value() == Fields{"a,b", "say \"hi\""});
  CHECK(splitCsvLine("\"\",x").value() == Fields{"", "x"});
  CHECK(splitCsvLine(" a , b ").value() == Fields{" a ", " b "});
  CHECK(splitCsvLine("a,b\r\n").value() == Fields{"a", "b"});
  CHECK(splitCsvLine("\xC3\xA9,\xE2\x82\xAC").value() == Fields{"\xC3\xA9", "\xE2\x82\xAC"});
}

TEST_CASE("a CSV line that is broken says how") {
  CHECK(splitCsvLine("\"a,b").error().message == "a quote is left open");
  CHECK(splitCsvLine("\"a\"b,c").error().message == "a closing quote is followed by other text");
  CHECK(splitCsvLine("a\"b\"").error().message == "a quote stands inside an unquoted field");
  CHECK_FALSE(splitCsvLine(std::string_view("a\0b", 3)));
  CHECK_FALSE(splitCsvLine("\"a\nb\",c"));
  CHECK(splitCsvLine(std::string(limits::kListLineBytes + 1, 'a')).error().code == ErrorCode::kTooLarge);
  CHECK(splitCsvLine(std::string(1000, ',')).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a line of a list becomes parameters or names its line") {
  const ListFile list = listOf({"name", "x"});
  CHECK(parametersOfLine(list, 4, "\"a,b\",2").value() == Parameters{{"name", "a,b"}, {"x", "2"}, {"index", "4"}});
  CHECK(parametersOfLine(list, 4, "a,b,c").error().message == "line 6 of the list has 3 fields, the header has 2");
  CHECK(parametersOfLine(list, 0, "\"a").error().message == "line 2 of the list: a quote is left open");
}
