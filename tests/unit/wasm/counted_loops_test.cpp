// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/counted_loops.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace hearth;
using namespace hearth::wasm;

namespace {

/// Whether the loop w2c_L1, whose turn is these lines, needs no look.
bool isCounted(const std::string& turn, const std::string& before = "", const std::string& after = "") {
  const std::string text =
      "static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  u32 w2c_l1 = 0, w2c_l2 = 0, w2c_l3 = 0;\n"
      "  u64 w2c_l4 = 0;\n  FUNC_PROLOGUE;\n  u32 w2c_i0, w2c_i1;\n  u64 w2c_j0, w2c_j1;\n" +
      before + "w2c_L1: \n" + turn + after + "FUNC_EPILOGUE;\n}";
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  std::size_t at = 0;
  const auto function = readFunction(lines, at, {"w2c_f0", "w2c_f1"});
  REQUIRE(function);
  for (const std::size_t head : countedLoops(*function)) {
    if (function->lines[head].label == "w2c_L1") return true;
  }
  return false;
}

const std::string kStep = "w2c_i0 = w2c_l1;\nw2c_i1 = 4u;\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n";
const std::string kBack = "if (w2c_i0) {goto w2c_L1;}\n";
const std::string kUntil = "w2c_i1 = w2c_l2;\nw2c_i0 = w2c_i0 != w2c_i1;\n" + kBack;

std::string loadAt(const std::string& variable) {
  return "w2c_i1 = i32_load8_u(&instance->w2c_memory, (u64)(" + variable + ") + 1u);\n";
}

}  // namespace

TEST_CASE("a loop that a counter ends is not looked at") {
  CHECK(isCounted(kStep + kUntil));
  CHECK(isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = 4294967295u;\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n" + kBack));
  CHECK(
      isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = 8u;\nw2c_i0 -= w2c_i1;\nw2c_l1 = w2c_i0;\nw2c_i1 = 7u;\n"
                "w2c_i0 = (u32)((s32)w2c_i0 > (s32)w2c_i1);\n" +
                kBack));
  CHECK(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {\nw2c_i0 = 1u;\nw2c_l3 = w2c_i0;\n  }\n" + kStep + kUntil));
  CHECK(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {goto w2c_B0;}\n" + kStep + kUntil, "", "w2c_B0:;\n"));
  // Set only on the way out.
  CHECK(
      isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {\nw2c_i0 = 1u;\nw2c_l2 = w2c_i0;\ngoto w2c_B0;\n  }\n" + kStep + kUntil,
                "", "w2c_B0:;\n"));
}

TEST_CASE("a loop that no counter is known to end is looked at") {
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l1;\n" + kBack));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = 0u;\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n" + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = w2c_l3;\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n" + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l1;\nw2c_l2 = w2c_i0;\n" + kStep + kUntil));
  // The counter is also set elsewhere, the limit is, or the step is not taken in every turn.
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {\nw2c_i0 = 0u;\nw2c_l1 = w2c_i0;\n  }\n" + kStep + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {\nw2c_i0 = w2c_l1;\nw2c_l2 = w2c_i0;\n  }\n" + kStep + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {\n" + kStep + "  }\nw2c_i0 = w2c_l1;\n" + kUntil));
  // 64 bits are too many turns.
  CHECK_FALSE(
      isCounted("w2c_j0 = w2c_l4;\nw2c_j1 = 1ull;\nw2c_j0 += w2c_j1;\nw2c_l4 = w2c_j0;\nw2c_j1 = 9ull;\n"
                "w2c_i0 = w2c_j0 != w2c_j1;\n" +
                kBack));
  // What it waits for comes from memory.
  CHECK_FALSE(isCounted(
      "w2c_i0 = w2c_l1;\nw2c_i0 = i32_load(&instance->w2c_memory, (u64)(w2c_i0));\nw2c_l1 = w2c_i0;\n" + kBack));
}

TEST_CASE("a counted loop that holds a call or a loop, or goes on in two places, is looked at") {
  CHECK_FALSE(isCounted("w2c_f1(instance);\n" + kStep + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = (*Z_wasiZ_fd_read)(instance->Z_wasi_instance, w2c_i0);\n" + kStep + kUntil));
  CHECK_FALSE(isCounted("w2c_L2: \nw2c_i0 = w2c_l3;\nif (w2c_i0) {goto w2c_L2;}\n" + kStep + kUntil));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l3;\nif (w2c_i0) {goto w2c_L1;}\n" + kStep + kUntil));
  std::string much;
  for (int i = 0; i < 200; ++i) much += "w2c_i3 = 1u;\n";
  CHECK(isCounted(much + kStep + kUntil));  // by fours there are fewer turns, which may be longer
  CHECK_FALSE(isCounted(much + much + kStep + kUntil));
}

TEST_CASE("how long a turn may be follows from how many there can be") {
  const auto turn = [](int statements, const std::string& step, const std::string& rest) {
    std::string text;
    for (int i = 0; i < statements; ++i) text += "w2c_i3 = 1u;\n";
    return text + "w2c_i0 = w2c_l1;\nw2c_i1 = " + step + ";\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n" + rest;
  };
  CHECK(isCounted(turn(50, "1u", kUntil)));
  CHECK_FALSE(isCounted(turn(100, "1u", kUntil)));
  CHECK(isCounted(turn(100, "8u", kUntil)));
  // Steps of three meet every number before they begin anew.
  CHECK_FALSE(isCounted(turn(100, "3u", kUntil)));
  const std::string waits = "w2c_i0 = i32_load8_u(&instance->w2c_memory, (u64)(w2c_p0));\n" + kBack;
  CHECK(isCounted(turn(100, "3u", loadAt("w2c_l1") + waits)));
  CHECK_FALSE(isCounted(turn(100, "1u", loadAt("w2c_l1") + waits)));
  CHECK(isCounted(turn(100, "4294967288u", loadAt("w2c_l1") + waits)));
}

TEST_CASE("a loop that walks through memory is not looked at, whatever it waits for") {
  const std::string waits = "w2c_i0 = i32_load8_u(&instance->w2c_memory, (u64)(w2c_p0));\n" + kBack;
  CHECK(isCounted(kStep + loadAt("w2c_i0") + waits));
  CHECK(isCounted(loadAt("w2c_l1") + kStep + waits));
  CHECK(isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = w2c_l2;\nw2c_i0 += w2c_i1;\n" + loadAt("w2c_i0") + kStep + waits));
  CHECK_FALSE(isCounted(kStep + waits));
  CHECK_FALSE(isCounted(loadAt("w2c_l3") + kStep + waits));
  // Steps that may jump over the end of memory, and a place that moves otherwise too.
  CHECK_FALSE(isCounted(loadAt("w2c_l1") + "w2c_i0 = w2c_l1;\nw2c_i1 = 65536u;\nw2c_i0 += w2c_i1;\nw2c_l1 = w2c_i0;\n" +
                        waits));
  CHECK_FALSE(isCounted("w2c_i0 = w2c_l1;\nw2c_i1 = w2c_l2;\nw2c_i0 += w2c_i1;\n" + loadAt("w2c_i0") + kStep +
                        "w2c_i0 = w2c_p0;\nw2c_l2 = w2c_i0;\n" + waits));
}
