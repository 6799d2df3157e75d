// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/weave_function.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "wasm/counted_loops.h"

namespace hearth::wasm {
namespace {

using Kind = Line::Kind;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view wordAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && isWordCharacter(text[end])) ++end;
  return text.substr(at, end - at);
}

/// Calls `visit(word, place)` for every word of a line that is not a member of something.
template <typename Visit>
void forEachWord(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    if (!isWordCharacter(text[at])) {
      ++at;
      continue;
    }
    const std::string_view word = wordAt(text, at);
    const bool isMember = at > 0 && (text[at - 1] == '.' || text[at - 1] == '>');
    if (!isMember) visit(word, at);
    at += word.size();
  }
}

std::optional<std::uint32_t> bytesOfType(std::string_view type) {
  if (type == "u32" || type == "f32") return 4;
  if (type == "u64" || type == "f64") return 8;
  return std::nullopt;
}

tl::unexpected<Error> strange(std::string_view what, std::string_view line) {
  return fail(ErrorCode::kUnsupported, "wasm2c wrote " + std::string(what) + ": " + std::string(line),
              "Use wabt 1.0.32 as Debian has it, and a module without reference types, exceptions and vectors");
}

/// Where a line with a jump in it goes: the word behind "goto ".
std::string_view jumpTarget(std::string_view text) {
  const std::size_t at = text.rfind("goto ");
  return at == std::string_view::npos ? std::string_view() : wordAt(text, at + 5);
}

std::string_view calleeOf(std::string_view text, const std::set<std::string_view>& functions) {
  std::string_view callee;
  forEachWord(text, [&](std::string_view word, std::size_t at) {
    const std::size_t end = at + word.size();
    if (end >= text.size() || text[end] != '(') return;
    if (word == "CALL_INDIRECT") callee = "*";
    if (functions.contains(word)) callee = word;
  });
  return callee;
}

Result<Line> readLine(std::string_view raw, const std::set<std::string_view>& functions) {
  Line line;
  line.text = trimmed(raw);
  const std::string_view text = line.text;
  line.label = jumpTarget(text);
  if (text.starts_with("w2c_L") && text.ends_with(":")) {
    line.kind = Kind::kLoop;
    line.label = text.substr(0, text.size() - 1);
  } else if (text.starts_with("w2c_B") && text.ends_with(":;")) {
    line.kind = Kind::kLabel;
    line.label = text.substr(0, text.size() - 2);
  } else if (!line.label.empty()) {
    line.kind = Kind::kJump;
    line.isConditional = text.starts_with("if (") || text.starts_with("case ");
    if (!line.isConditional && !text.starts_with("goto ") && !text.starts_with("default: ") &&
        !text.starts_with("w2c_"))
      return strange("a jump of an unknown form", raw);
  } else if (text.starts_with("if (") && text.ends_with(") {")) {
    line.kind = Kind::kIf;
  } else if (text == "} else {") {
    line.kind = Kind::kElse;
  } else if (text == "}") {
    line.kind = Kind::kEnd;
  } else if (text == "{") {
    line.kind = Kind::kOpen;
  } else if (text.starts_with("switch (") && text.ends_with(") {")) {
    line.kind = Kind::kSwitch;
  } else if (text == "UNREACHABLE;" || text.starts_with("return")) {
    line.kind = Kind::kStop;
  } else if (text.ends_with(";")) {
    line.callee = calleeOf(text, functions);
  } else {
    return strange("a line of an unknown form", raw);
  }
  return line;
}

/// "u32 w2c_l2 = 0, w2c_l3 = 0;" or "u32 w2c_p0".
Result<void> addVariables(std::string_view text, std::vector<Variable>& out) {
  const std::string_view type = wordAt(text, 0);
  const auto bytes = bytesOfType(type);
  if (!bytes) return strange("a variable of an unknown type", text);
  forEachWord(text.substr(type.size()), [&](std::string_view word, std::size_t) {
    if (word.starts_with("w2c_")) out.push_back({word, *bytes});
  });
  return {};
}

Result<void> addParameters(Function& function) {
  const std::size_t open = function.head.find("instance");
  const std::size_t named = function.head.find("* instance", open);
  std::string_view rest = function.head.substr(named + std::string_view("* instance").size());
  rest = rest.substr(0, rest.rfind(')'));
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of(", \n"), rest.size()));
    const std::size_t end = std::min(rest.find(','), rest.size());
    HEARTH_TRY(addVariables(rest.substr(0, end), function.variables));
    rest.remove_prefix(end);
  }
  for (const Variable& parameter : function.variables) function.parameters.push_back(parameter.name);
  return {};
}

bool isDeclaration(std::string_view text) {
  const std::size_t space = text.find(' ');
  return space != std::string_view::npos && text.substr(space + 1).starts_with("w2c_") &&
         text.substr(0, space).find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos &&
         text.substr(0, space) != "goto" && !text.starts_with("w2c_");
}

// ---- liveness ----

/// Line numbers that may follow each line.
class Flow {
 public:
  explicit Flow(const std::vector<Line>& lines) : m_successors(lines.size()) {
    findBraces(lines);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].kind == Kind::kLoop || lines[i].kind == Kind::kLabel) m_labels.emplace(lines[i].label, i);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) addSuccessors(lines, i);
  }
  const std::vector<std::size_t>& after(std::size_t line) const { return m_successors[line]; }

 private:
  /// For each opening line the next one of its own level: the else, or the end.
  void findBraces(const std::vector<Line>& lines) {
    m_partner.resize(lines.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Kind kind = lines[i].kind;
      if ((kind == Kind::kElse || kind == Kind::kEnd) && !open.empty()) {
        m_partner[open.back()] = i;
        open.pop_back();
      }
      if (kind == Kind::kIf || kind == Kind::kElse || kind == Kind::kOpen || kind == Kind::kSwitch) open.push_back(i);
    }
  }
  void addSuccessors(const std::vector<Line>& lines, std::size_t i) {
    const Line& line = lines[i];
    std::vector<std::size_t>& to = m_successors[i];
    const bool fallsThrough =
        line.kind != Kind::kStop && line.kind != Kind::kElse && (line.kind != Kind::kJump || line.isConditional);
    if (fallsThrough && i + 1 < lines.size()) to.push_back(i + 1);
    if (line.kind == Kind::kElse) to.push_back(m_partner[i]);
    if (line.kind == Kind::kIf) to.push_back(m_partner[i] + (lines[m_partner[i]].kind == Kind::kElse ? 1 : 0));
    if (line.kind == Kind::kJump) {
      if (const auto label = m_labels.find(line.label); label != m_labels.end()) to.push_back(label->second);
    }
  }

  std::vector<std::vector<std::size_t>> m_successors;
  std::vector<std::size_t> m_partner;
  std::map<std::string_view, std::size_t> m_labels;
};

/// What a line reads and what it sets whatever it held before.
struct Access {
  std::vector<std::size_t> reads;
  std::optional<std::size_t> sets;
};

Access accessOf(const Line& line, const std::map<std::string_view, std::size_t>& places) {
  Access access;
  const std::string_view first = wordAt(line.text, 0);
  const auto target = places.find(first);
  const bool isPlainSet =
      line.kind == Kind::kPlain && target != places.end() && line.text.substr(first.size()).starts_with(" = ");
  forEachWord(line.text, [&](std::string_view word, std::size_t at) {
    const auto place = places.find(word);
    if (place == places.end() || (at + word.size() < line.text.size() && line.text[at + word.size()] == '(')) return;
    if (at == 0 && isPlainSet)
      access.sets = place->second;
    else
      access.reads.push_back(place->second);
  });
  return access;
}

}  // namespace

Result<Function> readFunction(const std::vector<std::string_view>& lines, std::size_t& at,
                              const std::set<std::string_view>& functions) {
  Function function;
  function.head = lines[at++];
  const std::size_t open = function.head.find('(');
  const std::size_t name = function.head.rfind(' ', open) + 1;
  function.name = function.head.substr(name, open - name);
  function.result = trimmed(function.head.substr(7, name - 7));
  HEARTH_TRY(addParameters(function));
  for (; at < lines.size(); ++at) {
    const std::string_view text = trimmed(lines[at]);
    if (text != "FUNC_PROLOGUE;" && !isDeclaration(text)) break;
    const std::size_t first = at;
    while (!trimmed(lines[at]).ends_with(";") && at + 1 < lines.size()) ++at;  // a long one goes on
    const std::string_view whole(text.data(),
                                 static_cast<std::size_t>(lines[at].data() + lines[at].size() - text.data()));
    if (text != "FUNC_PROLOGUE;") HEARTH_TRY(addVariables(whole, function.variables));
    function.declarations.insert(function.declarations.end(), lines.begin() + static_cast<std::ptrdiff_t>(first),
                                 lines.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  std::size_t loops = 0;
  for (; at < lines.size() && lines[at] != "}"; ++at) {
    auto line = readLine(lines[at], functions);
    if (!line) return fail(std::move(line).error());
    loops += line->kind == Kind::kLoop ? 1 : 0;
    function.lines.push_back(*line);
  }
  if (at == lines.size()) return strange("a function without an end", function.head);
  ++at;
  function.counted = countedLoops(function);
  function.mayLoop = loops > function.counted.size();
  return function;
}

std::vector<std::vector<bool>> liveVariables(const Function& function) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < function.variables.size(); ++i) places.emplace(function.variables[i].name, i);
  const Flow flow(function.lines);
  std::vector<Access> accesses;
  for (const Line& line : function.lines) accesses.push_back(accessOf(line, places));
  std::vector<std::vector<bool>> live(function.lines.size(), std::vector<bool>(function.variables.size()));
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (std::size_t i = function.lines.size(); i-- > 0;) {
      std::vector<bool> now(function.variables.size());
      for (const std::size_t next : flow.after(i)) {
        for (std::size_t v = 0; v < now.size(); ++v) now[v] = now[v] || live[next][v];
      }
      if (accesses[i].sets) now[*accesses[i].sets] = false;
      for (const std::size_t read : accesses[i].reads) now[read] = true;
      if (now == live[i]) continue;
      live[i] = std::move(now);
      hasChanged = true;
    }
  }
  return live;
}

}  // namespace hearth::wasm
