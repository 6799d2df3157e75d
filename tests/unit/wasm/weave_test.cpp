// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/weave.h"

#include <catch2/catch.hpp>

#include "wasm/weave_function.h"

using namespace hearth;
using namespace hearth::wasm;

namespace {

/// What wasm2c writes, in small.
std::string sourceOf(const std::string& functions, const std::string& declarations) {
  return declarations + "\nstatic void w2c__start(Z_m_instance_t*);\n" + functions +
         "static void w2c__start(Z_m_instance_t* instance) {\n  FUNC_PROLOGUE;\n  w2c_f0(instance, 1u);\n  "
         "FUNC_EPILOGUE;\n}\n";
}

const std::string kHeader =
    "typedef struct Z_m_instance_t {\n  u32 w2c_g0;\n  f64 w2c_g1;\n  wasm_rt_memory_t w2c_memory;\n} "
    "Z_m_instance_t;\n";

Result<std::string> woven(const std::string& functions, const std::string& header = kHeader) {
  return weave(sourceOf(functions, "static void w2c_f0(Z_m_instance_t*, u32);"), header, "m", "hearthModule");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kLoop =
    "static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  u32 w2c_l1 = 0, w2c_l2 = 0;\n  FUNC_PROLOGUE;\n  "
    "u32 w2c_i0;\n"
    "  w2c_i0 = w2c_p0;\n  w2c_l2 = w2c_i0;\n  w2c_L1: \n    w2c_i0 = w2c_l1;\n    w2c_l1 = w2c_i0;\n    w2c_l2 = "
    "w2c_i0;\n"
    "    if (w2c_i0) {goto w2c_L1;}\n  w2c_i0 = w2c_l2;\n  FUNC_EPILOGUE;\n}\n";

}  // namespace

TEST_CASE("a loop looks whether to leave, and keeps what is needed at its head and nothing else") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  CHECK(has(*text, "w2c_L1:;\n  if (UNLIKELY(hearthWanted)) goto hearthLeave0;"));
  CHECK(has(*text, "hearthPush(0, 0, 4); (void)hearthFrame; HEARTH_KEEP(hearthFrame, 0, w2c_l1); goto hearthOut;"));
  CHECK_FALSE(has(*text, "HEARTH_KEEP(hearthFrame, 0, w2c_l2)"));
  CHECK_FALSE(has(*text, ", w2c_p0);"));
}

TEST_CASE("a loop that a counter ends has no point, and its function leaves nowhere") {
  const auto text = woven(
      "static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  u32 w2c_l1 = 0;\n  FUNC_PROLOGUE;\n  u32 w2c_i0, "
      "w2c_i1;\n  w2c_L1: \n    w2c_i0 = w2c_l1;\n    w2c_i1 = 1u;\n    w2c_i0 += w2c_i1;\n    w2c_l1 = w2c_i0;\n    "
      "w2c_i1 = w2c_p0;\n    w2c_i0 = w2c_i0 != w2c_i1;\n    if (w2c_i0) {goto w2c_L1;}\n  FUNC_EPILOGUE;\n}\n");
  REQUIRE(text);
  CHECK(has(*text, "w2c_L1:"));
  CHECK_FALSE(has(*text, "hearthWanted"));
  CHECK_FALSE(has(*text, "hearthPush"));
}

TEST_CASE("what calls a function that may leave leaves with it") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  CHECK(has(*text, "hearthCall0:;\n  w2c_f0(instance, 1u);\n  if (UNLIKELY(hearthMode)) goto hearthLeave0;"));
}

TEST_CASE("what never came back has no way into the middle of a loop") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  const std::size_t on = text->find("static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {");
  const std::size_t back = text->find("static void hearthBack_w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {");
  REQUIRE(back < on);
  REQUIRE(on < text->size());
  const std::string coming = text->substr(back, on - back), going = text->substr(on, text->find("\n}\n", on) - on);
  CHECK(has(coming, "hearthPop("));
  CHECK(has(going, "hearthPush("));
  CHECK_FALSE(has(going, "hearthPop("));
  CHECK_FALSE(has(going, "hearthBack_"));  // nobody calls it from outside
}

TEST_CASE("what comes back calls others that come back, and what is called from outside hands over to one that does") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  CHECK(has(*text, "hearthCall0:;\n  hearthBack_w2c_f0(instance, 1u);"));
  CHECK(has(*text, "__attribute__((noinline)) static void hearthBack_w2c__start(Z_m_instance_t* instance) {"));
  CHECK(has(*text, "  if (UNLIKELY(hearthMode)) { hearthBack_w2c__start(instance); return; }"));
  const auto tabled = woven(kLoop +
                            "static const wasm_elem_segment_expr_t elem_segment_exprs_w2c_e0[] = {\n  {0, "
                            "(wasm_rt_function_ptr_t)&w2c_f0, 0},\n};\n");
  REQUIRE(tabled);
  CHECK(has(*tabled, "  if (UNLIKELY(hearthMode)) { hearthBack_w2c_f0(instance, w2c_p0); return; }"));
}

TEST_CASE("what was not kept is zero where a function comes back, and never nothing") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  CHECK(has(*text, "HEARTH_BACK(hearthFrame, 0, w2c_l1); w2c_p0 = 0; w2c_l2 = 0; w2c_i0 = 0;"));
}

TEST_CASE("a function that ends by itself stays as it is, and one that may call itself may leave where it begins") {
  const auto plain =
      woven("static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  FUNC_PROLOGUE;\n  FUNC_EPILOGUE;\n}\n");
  REQUIRE(plain);
  CHECK_FALSE(has(*plain, "hearthWanted"));
  const auto again = woven(
      "static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  FUNC_PROLOGUE;\n  u32 w2c_i0;\n  w2c_i0 = "
      "w2c_p0;\n"
      "  w2c_f0(instance, w2c_i0);\n  FUNC_EPILOGUE;\n}\n");
  REQUIRE(again);
  CHECK(has(*again, "hearthEntry:;\n  if (UNLIKELY(hearthWanted))"));
}

TEST_CASE("every number of the module that changes is visited") {
  const auto text = woven(kLoop);
  REQUIRE(text);
  CHECK(has(*text, "visit(&hearthInstance.w2c_g0, sizeof hearthInstance.w2c_g0);"));
  CHECK(has(*text, "visit(&hearthInstance.w2c_g1, sizeof hearthInstance.w2c_g1);"));
}

TEST_CASE("text of an unknown form is an error, never a guess") {
  CHECK_FALSE(woven("static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  v128 w2c_l1 = 0;\n}\n"));
  CHECK_FALSE(woven("static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  do {\n  } while (1);\n}\n"));
  CHECK_FALSE(woven("static void w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n"));
  CHECK_FALSE(woven(""));
  CHECK_FALSE(
      woven(kLoop, "typedef struct Z_m_instance_t {\n  wasm_rt_externref_table_t w2c_T0;\n} Z_m_instance_t;\n"));
  CHECK_FALSE(woven(kLoop, "typedef struct Z_m_instance_t {\n  u32 w2c_g0;\n} Z_m_instance_t;\n"));
}

TEST_CASE("a value is needed on the way that reads it, and not on the one that sets it first") {
  const std::string text =
      "static u32 w2c_f0(Z_m_instance_t* instance, u32 w2c_p0) {\n  FUNC_PROLOGUE;\n  u32 w2c_i0, w2c_i1;\n  if "
      "(w2c_p0) {\n"
      "    w2c_i1 = w2c_i0;\n  } else {\n    w2c_i1 = 2u;\n  }\n  FUNC_EPILOGUE;\n  return w2c_i1;\n}";
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();
       at = text.find('\n', at) == std::string::npos ? text.size() : text.find('\n', at) + 1)
    lines.push_back(std::string_view(text).substr(at, text.find('\n', at) - at));
  std::size_t at = 0;
  const auto function = readFunction(lines, at, {"w2c_f0"});
  REQUIRE(function);
  CHECK(at == lines.size());
  const auto live = liveVariables(*function);
  const std::vector<bool> start{true, true, false};  // the parameter, i0, i1
  CHECK(live.front() == start);
  CHECK(live[3] == std::vector<bool>{false, false, false});  // w2c_i1 = 2u;
  CHECK(live.back() == std::vector<bool>{false, false, true});
}
