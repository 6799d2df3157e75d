// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::wasm {

/// A variable of a C function, and the bytes of a frame that it takes.
struct Variable {
  std::string_view name;
  std::uint32_t bytes = 0;
};

/// What a line of the body is for the flow through it.
struct Line {
  enum class Kind : std::uint8_t { kPlain, kLoop, kLabel, kIf, kElse, kEnd, kOpen, kSwitch, kJump, kStop };
  Kind kind = Kind::kPlain;
  std::string_view text;       ///< without its indentation
  std::string_view label;      ///< of a loop or label; where a jump goes
  bool isConditional = false;  ///< a jump that is not always taken
  std::string_view callee;     ///< the module's function that it calls; "*" for one of its table
};

/// One function of the C that wasm2c made: views into that text, which must outlive it.
struct Function {
  std::string_view name;
  std::string_view result;                   ///< its type in C
  std::string_view head;                     ///< the line that it begins with
  std::vector<std::string_view> parameters;  ///< their names, without the instance
  std::vector<Variable> variables;           ///< the parameters, then the others
  std::vector<std::string_view> declarations;
  std::vector<Line> lines;        ///< between the declarations and the closing brace
  std::set<std::size_t> counted;  ///< loops that need no look (counted_loops.h), by the lines of their heads
  bool mayLoop = false;           ///< has a loop that is none of those
};

/// Reads a function whose first line is `lines[at]`, and moves `at` behind its closing brace. `functions` are the names
/// of all functions of the module.
Result<Function> readFunction(const std::vector<std::string_view>& lines, std::size_t& at,
                              const std::set<std::string_view>& functions);

/// For each line, which variables are needed from its beginning on (true at the variable's place).
std::vector<std::vector<bool>> liveVariables(const Function& function);

/// What a function does where it begins, beside beginning.
struct Entry {
  bool leaves = false;     ///< it may leave there
  bool comesBack = false;  ///< it may be called from outside, or through a table, to come back
};

/// The function with its points: where it may leave, and come back to. `mayLeave` holds the functions that may leave,
/// "*" among them if one of the table may. It is two functions: one that only leaves, and one that also comes back and
/// goes on from there, which calls others of its own kind. A jump into the middle of a loop takes from a compiler what
/// it does with loops, and a second caller what it does with a function that has one; so what never came back runs
/// without either.
std::string wovenFunction(const Function& function, std::uint32_t number, const std::set<std::string_view>& mayLeave,
                          Entry entry);

/// The declaration of the second.
std::string declarationOfBack(const Function& function);

}  // namespace hearth::wasm
