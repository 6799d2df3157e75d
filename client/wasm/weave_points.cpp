// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/weave_function.h"

namespace hearth::wasm {
namespace {

using Kind = Line::Kind;

using Lives = std::vector<std::vector<bool>>;

std::string nameOfBack(std::string_view name) { return "hearthBack_" + std::string(name); }

std::string headOfBack(const Function& function) {
  std::string head(function.head);
  return head.replace(static_cast<std::size_t>(function.name.data() - function.head.data()), function.name.size(),
                      nameOfBack(function.name));
}

/// Writes one copy of a function: its lines with the points between them, and behind them the code that leaves. A point
/// of a call saves what is needed after it, and comes back to the call itself, whose callee has a frame of its own;
/// arguments are not kept, but the index of a function in the table is, since it decides who is called.
class PointWriter {
 public:
  PointWriter(const Function& function, const Lives& live, std::uint32_t number,
              const std::set<std::string_view>& mayLeave, Entry entry)
      : m_function(function),
        m_number(std::to_string(number)),
        m_mayLeave(mayLeave),
        m_entry(entry),
        m_live(live),
        m_everNeeded(function.variables.size() + 1) {}

  /// The one that is called while nothing comes back.
  std::string on() {
    addBody();
    return written(m_function.head, m_entry.comesBack ? handOver() : "");
  }
  /// The one that begins where it left, if something comes back.
  std::string back() {
    m_isBack = true;
    addBody();
    const std::string apart = m_entry.comesBack ? "__attribute__((noinline)) " : "";
    return written(apart + headOfBack(m_function), comeBack());
  }

 private:
  void addBody() {
    if (m_entry.leaves) addHead("hearthEntry", 0);
    for (std::size_t i = 0; i < m_function.lines.size(); ++i) addLine(i);
  }
  std::string written(std::string_view head, const std::string& beginning) const {
    std::string out(head);
    out += '\n';
    for (const std::string_view declaration : m_function.declarations) out.append(declaration) += '\n';
    if (m_hasTarget) out += "  u32 hearthTarget = 0;\n";
    out += beginning + m_body;
    if (isVoid()) out += "  return;\n";
    out += leave();
    out += "  hearthOut:;\n  FUNC_EPILOGUE;\n";
    out += isVoid()                                  ? "  return;\n"
           : m_function.result.starts_with("struct") ? "  return (" + std::string(m_function.result) + "){0};\n"
                                                     : "  return 0;\n";
    return out + "}\n";
  }
  bool isVoid() const { return m_function.result == "void"; }
  std::string handOver() const {
    std::string call = nameOfBack(m_function.name) + "(instance";
    for (const std::string_view parameter : m_function.parameters) call.append(", ").append(parameter);
    return "  if (UNLIKELY(hearthMode)) " + (isVoid() ? "{ " + call + "); return; }\n" : "return " + call + ");\n");
  }

  void addHead(std::string_view label, std::size_t line) {
    const std::string name(label);
    m_body +=
        "  " + name + ":;\n  if (UNLIKELY(hearthWanted)) goto hearthLeave" + std::to_string(m_points.size()) + ";\n";
    addPoint(name, variablesAt(line), false);
  }

  std::vector<bool> variablesAt(std::size_t line) const {
    return line < m_live.size() ? m_live[line] : std::vector<bool>(m_function.variables.size());
  }

  void addLine(std::size_t i) {
    const Line& line = m_function.lines[i];
    if (line.kind == Kind::kLoop && m_function.counted.contains(i)) {
      m_body.append("  ").append(line.label) += ":;\n";
    } else if (line.kind == Kind::kLoop) {
      addHead(line.label, i);
    } else if (!line.callee.empty() && m_mayLeave.contains(line.callee)) {
      addCall(i);
    } else {
      m_body.append("  ").append(line.text) += '\n';
    }
  }

  std::size_t placeOf(std::string_view name) const {
    std::size_t place = 0;
    while (place < m_function.variables.size() && m_function.variables[place].name != name) ++place;
    return place;
  }

  void addCall(std::size_t i) {
    const std::string_view text = m_function.lines[i].text;
    const std::string point = std::to_string(m_points.size());
    std::vector<bool> needed = variablesAt(i + 1);
    const std::size_t result = placeOf(text.substr(0, text.find(' ')));
    if (result < needed.size()) needed[result] = false;
    const bool isIndirect = m_function.lines[i].callee == "*";
    std::string_view index;
    if (isIndirect) {
      const std::size_t end = text.find(", instance->w2c_T");
      const std::size_t from = text.rfind(' ', end - 1) + 1;
      index = text.substr(from, end - from);
      m_hasTarget = true;
      m_body.append("  hearthTarget = ").append(index) += ";\n";
    }
    m_body += "  hearthCall" + point + ":;\n";
    if (isIndirect) m_body.append("  ").append(index) += " = hearthTarget;\n";
    m_body += "  " + callOf(m_function.lines[i]) + '\n';
    m_body += "  if (UNLIKELY(hearthMode)) goto hearthLeave" + point + ";\n";
    addPoint("hearthCall" + point, needed, isIndirect);
  }

  /// Of one of the table nobody knows the name: it hands over by itself.
  std::string callOf(const Line& line) const {
    std::string text(line.text);
    if (m_isBack && line.callee != "*")
      text.replace(text.find(std::string(line.callee) + "("), line.callee.size(), nameOfBack(line.callee));
    return text;
  }

  void addPoint(const std::string& label, std::vector<bool> needed, bool hasTarget) {
    needed.push_back(hasTarget);
    for (std::size_t v = 0; v < needed.size(); ++v) m_everNeeded[v] = m_everNeeded[v] || needed[v];
    m_points.push_back({label, std::move(needed)});
  }

  /// Calls `visit(name, offset in the frame)` for the variables that are needed at any point: they have one place in
  /// all frames of the function. Returns the size of a frame.
  template <typename Visit>
  std::uint32_t forEachKept(Visit visit) const {
    std::uint32_t bytes = 0;
    for (std::size_t v = 0; v < m_everNeeded.size(); ++v) {
      if (!m_everNeeded[v]) continue;
      const bool isTarget = v == m_function.variables.size();
      const std::string name(isTarget ? "hearthTarget" : m_function.variables[v].name);
      visit(v, "(hearthFrame, " + std::to_string(bytes) + ", " + name + ");");
      bytes += isTarget ? 4 : m_function.variables[v].bytes;
    }
    return bytes;
  }

  std::string comeBack() const {
    std::string all;
    const std::uint32_t bytes =
        forEachKept([&](std::size_t, const std::string& access) { all += " HEARTH_BACK" + access; });
    // A call that is come back to reads its arguments, which were not kept: a compiler must not take them for values
    // that cannot be.
    for (std::size_t v = 0; v < m_function.variables.size(); ++v) {
      if (!m_everNeeded[v]) all.append(" ").append(m_function.variables[v].name) += " = 0;";
    }
    std::string out =
        "  if (UNLIKELY(hearthMode)) {\n    const u8* hearthFrame;\n    const u32 hearthPoint = hearthPop(" + m_number +
        ", " + std::to_string(bytes) + ", &hearthFrame);\n   " + all + "\n    switch (hearthPoint) {\n";
    for (std::size_t point = 0; point < m_points.size(); ++point)
      out += "      case " + std::to_string(point) + ": goto " + m_points[point].label + ";\n";
    return out + "      default: hearthStray();\n    }\n  }\n";
  }

  std::string leave() const {
    std::string out;
    for (std::size_t point = 0; point < m_points.size(); ++point) {
      std::string keep;
      const std::uint32_t bytes = forEachKept([&](std::size_t v, const std::string& access) {
        if (m_points[point].needed[v]) keep += " HEARTH_KEEP" + access;
      });
      out += "  hearthLeave" + std::to_string(point) + ": { u8* hearthFrame = hearthPush(" + m_number + ", " +
             std::to_string(point) + ", " + std::to_string(bytes) + "); (void)hearthFrame;" + keep +
             " goto hearthOut; }\n";
    }
    return out;
  }

  struct Point {
    std::string label;
    std::vector<bool> needed;  ///< by variable, and last the index of the function called
  };

  const Function& m_function;
  std::string m_number;
  const std::set<std::string_view>& m_mayLeave;
  Entry m_entry;
  const Lives& m_live;
  bool m_isBack = false;
  std::string m_body;
  std::vector<Point> m_points;
  std::vector<bool> m_everNeeded;
  bool m_hasTarget = false;
};

}  // namespace

std::string declarationOfBack(const Function& function) {
  const std::string head = headOfBack(function);
  return head.substr(0, head.rfind(')') + 1) + ";\n";
}

std::string wovenFunction(const Function& function, std::uint32_t number, const std::set<std::string_view>& mayLeave,
                          Entry entry) {
  const Lives live = liveVariables(function);
  return PointWriter(function, live, number, mayLeave, entry).back() +
         PointWriter(function, live, number, mayLeave, entry).on();
}

}  // namespace hearth::wasm
