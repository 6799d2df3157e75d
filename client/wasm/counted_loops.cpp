// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/counted_loops.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::wasm {
namespace {

using Kind = Line::Kind;

/// Of all turns together. wasm2c writes some three lines where a processor has one instruction.
constexpr std::uint64_t kMostLines = std::uint64_t{64} << 32;
constexpr std::uint64_t kAddresses = std::uint64_t{1} << 32;
/// The host gives a module no memory at the last 64 KiB of its addresses: steps no longer than this must meet them.
constexpr std::uint32_t kLongestStep = 4096;

/// What a variable holds: the values of two others, of one or of none at the beginning of the stretch, plus a number;
/// or a comparison of two such values.
struct Value {
  std::string_view base, second;
  std::uint32_t added = 0;
};
struct Known {
  Value value;
  std::optional<Value> comparedWith;
};

std::string_view trimmed(std::string_view text, char first, char last) {
  return text.size() >= 2 && text.front() == first && text.back() == last ? text.substr(1, text.size() - 2) : text;
}

/// "target operator rest;" of a statement that sets a variable.
struct Assignment {
  std::string_view target, operation, rest;
};

std::optional<Assignment> assignmentIn(const Line& line) {
  const std::string_view text = line.text;
  if (line.kind != Kind::kPlain || !text.starts_with("w2c_") || !text.ends_with(";")) return std::nullopt;
  const std::size_t space = text.find(' ');
  const std::size_t after = space == std::string_view::npos ? space : text.find(' ', space + 1);
  if (after == std::string_view::npos) return std::nullopt;
  const Assignment found{text.substr(0, space), text.substr(space + 1, after - space - 1),
                         text.substr(after + 1, text.size() - after - 2)};
  return found.operation.ends_with("=") ? std::optional(found) : std::nullopt;
}

std::optional<std::uint32_t> numberOf(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)) != "u")
    return std::nullopt;
  return number;
}

/// Follows statements that come one after the other, whatever was before them.
class Stretch {
 public:
  explicit Stretch(const Function& function) {
    for (const Variable& variable : function.variables) {
      if (variable.bytes == 4) m_known[variable.name] = Known{{variable.name, {}, 0}, std::nullopt};
    }
  }

  void follow(const Line& line) {
    static constexpr std::string_view kAccess = "&instance->w2c_memory, (u64)(";
    if (const std::size_t access = line.text.find(kAccess); access != std::string_view::npos) {
      const std::string_view rest = line.text.substr(access + kAccess.size());
      if (const auto address = plain(rest.substr(0, rest.find(')')))) m_addresses.push_back(*address);
    }
    const auto assignment = assignmentIn(line);
    if (!assignment) return;
    const auto target = m_known.find(assignment->target);
    if (target == m_known.end()) return;
    target->second = evaluate(*assignment, target->second);
  }
  std::optional<Known> at(std::string_view variable) const {
    const auto found = m_known.find(variable);
    return found == m_known.end() ? std::nullopt : found->second;
  }
  /// Where memory was read or written.
  const std::vector<Value>& addresses() const { return m_addresses; }

 private:
  std::optional<Value> plain(std::string_view text) const {
    if (const auto number = numberOf(text)) return Value{{}, {}, *number};
    const auto known = at(text);
    return known && !known->comparedWith ? std::optional(known->value) : std::nullopt;
  }

  std::optional<Known> evaluate(const Assignment& assignment, const std::optional<Known>& before) const {
    const auto right = plain(assignment.rest);
    if (assignment.operation == "=")
      return right ? std::optional(Known{*right, std::nullopt}) : compare(assignment.rest);
    const bool isSum = assignment.operation == "+=", isDifference = assignment.operation == "-=";
    if (!right || !before || before->comparedWith || (!isSum && !isDifference)) return std::nullopt;
    const Value& left = before->value;
    if (right->base.empty()) {
      const std::uint32_t added = isSum ? left.added + right->added : left.added - right->added;
      return Known{{left.base, left.second, added}, std::nullopt};
    }
    if (!isSum || !right->second.empty() || !left.second.empty()) return std::nullopt;
    return Known{{right->base, left.base, left.added + right->added}, std::nullopt};
  }

  /// "a != b", "(u32)((s32)a > (s32)b)": which order it is does not matter.
  std::optional<Known> compare(std::string_view text) const {
    static constexpr std::array<std::string_view, 5> kOrders = {" != ", " < ", " <= ", " > ", " >= "};
    if (text.starts_with("(u32)(")) text = trimmed(text.substr(5), '(', ')');
    for (const std::string_view order : kOrders) {
      const std::size_t place = text.find(order);
      if (place == std::string_view::npos) continue;
      const auto left = plain(withoutSign(text.substr(0, place)));
      const auto right = plain(withoutSign(text.substr(place + order.size())));
      if (left && right) return Known{*left, *right};
    }
    return std::nullopt;
  }
  static std::string_view withoutSign(std::string_view text) {
    return text.starts_with("(s32)") ? text.substr(5) : text;
  }

  std::map<std::string_view, std::optional<Known>> m_known;
  std::vector<Value> m_addresses;
};

/// A loop: from its head to the only jump back to it.
struct Loop {
  std::size_t head = 0, back = 0;
};

std::optional<Loop> loopAt(const Function& function, std::size_t head) {
  std::optional<Loop> loop;
  for (std::size_t i = 0; i < function.lines.size(); ++i) {
    const Line& line = function.lines[i];
    if (line.kind != Kind::kJump || line.label != function.lines[head].label) continue;
    if (loop || i < head || !line.text.starts_with("if (w2c_")) return std::nullopt;
    loop = Loop{head, i};
  }
  return loop;
}

/// Nothing but statements and branches: no loop, no call, neither of the module nor of its host.
bool isSimple(const Function& function, const Loop& loop) {
  for (std::size_t i = loop.head + 1; i < loop.back; ++i) {
    const Line& line = function.lines[i];
    if (line.kind == Kind::kLoop || !line.callee.empty() || line.text.find("Z_") != std::string_view::npos)
      return false;
  }
  return true;
}

/// Whether what is done from line `i` on leads out of the loop without a branch.
bool leadsOut(const Function& function, const Loop& loop, std::size_t i) {
  while (i < loop.back && function.lines[i].kind == Kind::kPlain) ++i;
  const Line& line = function.lines[i];
  if (line.kind == Kind::kStop) return true;
  if (line.kind != Kind::kJump || line.isConditional || !line.text.starts_with("goto ")) return false;
  return std::none_of(function.lines.begin() + static_cast<std::ptrdiff_t>(loop.head),
                      function.lines.begin() + static_cast<std::ptrdiff_t>(loop.back), [&line](const Line& other) {
                        return (other.kind == Kind::kLabel || other.kind == Kind::kLoop) && other.label == line.label;
                      });
}

/// Whether a variable is set in the lines of a loop from its head up to `end`, in a turn that is not the last.
bool isSetBefore(const Function& function, const Loop& loop, std::size_t end, std::string_view variable) {
  for (std::size_t i = loop.head; i < end; ++i) {
    const auto assignment = assignmentIn(function.lines[i]);
    if (assignment && assignment->target == variable && !leadsOut(function, loop, i)) return true;
  }
  return false;
}

/// How a loop's variables change from turn to turn.
class Turn {
 public:
  Turn(const Function& function, const Loop& loop)
      : m_function(function), m_loop(loop), m_begin(loop.back), m_stretch(function) {
    while (m_begin > loop.head + 1 && function.lines[m_begin - 1].kind == Kind::kPlain) --m_begin;
    for (std::size_t i = m_begin; i < loop.back; ++i) m_stretch.follow(function.lines[i]);
  }

  /// How often it is gone through at most, if that can be told.
  std::optional<std::uint64_t> most() const {
    const auto counted = mostCounted(), walked = mostWalked();
    return counted && walked ? std::min(*counted, *walked) : counted ? counted : walked;
  }

 private:
  /// It goes on only while a counter compares with what is fixed: the counter has that many values.
  std::optional<std::uint64_t> mostCounted() const {
    const std::string_view text = m_function.lines[m_loop.back].text;
    const std::size_t open = text.find('('), close = text.find(')');
    const auto test = m_stretch.at(text.substr(open + 1, close - open - 1));
    if (!test) return std::nullopt;
    const Value limit = test->comparedWith.value_or(Value{});
    const std::uint32_t step = isFixed(limit) ? stepOf(test->value) : isFixed(test->value) ? stepOf(limit) : 0;
    return step == 0 ? std::nullopt : std::optional(kAddresses >> std::countr_zero(step));
  }
  /// Every turn reads or writes memory a little further than the one before: at the latest it ends by a trap.
  std::optional<std::uint64_t> mostWalked() const {
    std::uint32_t longest = 0;
    for (const Value& address : m_stretch.addresses()) {
      const std::uint32_t step = stepOf(address), length = std::min(step, 0 - step);
      if (length <= kLongestStep) longest = std::max(longest, length);
    }
    return longest == 0 ? std::nullopt : std::optional(kAddresses / longest);
  }

  /// By how much each turn changes a variable; 0: it does not, or nobody knows.
  std::uint32_t stepOf(std::string_view variable) const {
    const auto after = variable.empty() ? std::nullopt : m_stretch.at(variable);
    if (!after || after->comparedWith || after->value.base != variable || !after->value.second.empty()) return 0;
    return isSetBefore(m_function, m_loop, m_begin, variable) ? 0 : after->value.added;
  }
  /// Of a sum of two: one of them is fixed, or nobody knows.
  std::uint32_t stepOf(const Value& value) const {
    if (isFixed(value.second)) return stepOf(value.base);
    return isFixed(value.base) ? stepOf(value.second) : 0;
  }
  bool isFixed(std::string_view variable) const {
    return variable.empty() || !isSetBefore(m_function, m_loop, m_loop.back, variable);
  }
  bool isFixed(const Value& value) const { return isFixed(value.base) && isFixed(value.second); }

  const Function& m_function;
  const Loop& m_loop;
  std::size_t m_begin;  ///< of what is done in every turn, one after the other, right before the jump back
  Stretch m_stretch;
};

}  // namespace

std::set<std::size_t> countedLoops(const Function& function) {
  std::set<std::size_t> counted;
  for (std::size_t i = 0; i < function.lines.size(); ++i) {
    if (function.lines[i].kind != Kind::kLoop) continue;
    const auto loop = loopAt(function, i);
    if (!loop || !isSimple(function, *loop)) continue;
    const auto most = Turn(function, *loop).most();
    if (most && *most * (loop->back - loop->head) <= kMostLines) counted.insert(i);
  }
  return counted;
}

}  // namespace hearth::wasm
