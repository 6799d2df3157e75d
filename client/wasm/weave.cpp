// SPDX-License-Identifier: GPL-3.0-or-later
#include "wasm/weave.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "wasm/weave_function.h"

namespace hearth::wasm {
namespace {

using Edges = std::map<std::string_view, std::set<std::string_view>>;

/// Lines; a function's head that is longer than one is one.
std::vector<std::string_view> splitLines(std::string_view text, const std::string& instance) {
  std::vector<std::string_view> lines;
  const std::string head = "(" + instance + "* instance, ";
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    if (text.starts_with("static ") && text.substr(0, end).find(head) != std::string_view::npos &&
        !text.substr(0, end).ends_with('{'))
      end = std::min(text.find("{\n", end) + 1, text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Adds to `reached` all that reaches it along the calls, against their direction.
void addCallers(const Edges& callers, std::set<std::string_view>& reached) {
  std::vector<std::string_view> open(reached.begin(), reached.end());
  while (!open.empty()) {
    const std::string_view callee = open.back();
    open.pop_back();
    const auto found = callers.find(callee);
    if (found == callers.end()) continue;
    for (const std::string_view caller : found->second) {
      if (reached.insert(caller).second) open.push_back(caller);
    }
  }
}

bool reaches(const Edges& callees, std::string_view from, std::string_view to) {
  std::set<std::string_view> seen;
  std::vector<std::string_view> open{from};
  while (!open.empty()) {
    const auto found = callees.find(open.back());
    open.pop_back();
    if (found == callees.end()) continue;
    for (const std::string_view callee : found->second) {
      if (callee == to) return true;
      if (seen.insert(callee).second) open.push_back(callee);
    }
  }
  return false;
}

/// The whole text: what is before the functions, the functions, what is behind them.
class Weaver {
 public:
  Weaver(std::string_view source, std::string_view header, std::string_view module, std::string_view symbol)
      : m_module(module),
        m_symbol(symbol),
        m_instance("Z_" + m_module + "_instance_t"),
        m_lines(splitLines(source, m_instance)),
        m_header(splitLines(header, m_instance)) {}

  Result<std::string> run() {
    HEARTH_TRY(checkWhole());
    std::size_t declared = 0;
    for (const std::string_view line : m_lines) {
      if (isFunction(line)) m_names.insert(nameOf(line));
      if (line.starts_with("static ") && line.find("(" + m_instance + "*") != std::string_view::npos &&
          line.find(" w2c_") != std::string_view::npos && line.ends_with(");"))
        ++declared;
    }
    if (declared != m_names.size()) {
      return fail(
          ErrorCode::kUnsupported,
          "wasm2c declared " + std::to_string(declared) + " functions and wrote " + std::to_string(m_names.size()),
          "Use wabt 1.0.32 as Debian has it");
    }
    HEARTH_TRY(readFunctions());
    findTable();
    findWhoLeaves();
    std::string out = "#include \"host.h\"\n#include \"woven.h\"\n";
    bool hasBegun = false;
    for (const Part& part : m_parts) {
      if (part.line == "#include <alloca.h>") continue;  // only exceptions need it, and not every system has it
      if (part.function && !std::exchange(hasBegun, true)) declareBacks(out);
      if (part.function)
        out += write(*part.function);
      else
        out.append(part.line) += '\n';
    }
    HEARTH_TRY(addModule(out));
    return out;
  }

 private:
  /// A line as it is, or a function.
  struct Part {
    std::string_view line;
    std::optional<Function> function;
  };

  bool isFunction(std::string_view line) const {
    return line.starts_with("static ") && line.ends_with(") {") &&
           line.find("(" + m_instance + "* instance") != std::string_view::npos &&
           line.find(" w2c_") != std::string_view::npos;
  }
  static std::string_view nameOf(std::string_view line) {
    const std::size_t open = line.find('(');
    const std::size_t name = line.rfind(' ', open) + 1;
    return line.substr(name, open - name);
  }

  /// What cannot be written down is refused rather than forgotten.
  Result<void> checkWhole() const {
    const std::string begin = "void Z_" + m_module + "_instantiate(";
    bool isInstantiate = false;
    for (const std::string_view line : m_lines) {
      if (line.starts_with("}")) isInstantiate = false;
      if (line.starts_with(begin)) isInstantiate = true;
      if (isInstantiate && line.starts_with("  w2c_")) {
        return fail(ErrorCode::kUnsupported, "the module has a start function",
                    "Export _start instead, as a WASI command does: leave out -Wl,--no-entry and -mexec-model=reactor");
      }
      if (line.starts_with("  ") && (line.find(" funcref_table_set(") != std::string_view::npos ||
                                     line.find(" funcref_table_copy(") != std::string_view::npos ||
                                     line.find(" wasm_rt_grow_funcref_table(") != std::string_view::npos)) {
        return fail(ErrorCode::kUnsupported, "the module changes its table of functions while it runs",
                    "Build it without reference types: -mno-reference-types");
      }
    }
    return {};
  }

  Result<void> readFunctions() {
    for (std::size_t at = 0; at < m_lines.size();) {
      if (!isFunction(m_lines[at])) {
        m_parts.push_back({m_lines[at++], std::nullopt});
        continue;
      }
      auto function = readFunction(m_lines, at, m_names);
      if (!function) return fail(std::move(function).error());
      m_parts.push_back({{}, *std::move(function)});
    }
    for (const Part& part : m_parts) {
      if (!part.function) continue;
      for (const Line& line : part.function->lines) {
        if (line.callee.empty()) continue;
        m_callees[part.function->name].insert(line.callee);
        m_callers[line.callee].insert(part.function->name);
      }
    }
    return {};
  }

  /// What stands in the table may be called through it: the lines of its segments name it, "{0,
  /// (wasm_rt_function_ptr_t)&w2c_f7, 0},".
  void findTable() {
    for (const Part& part : m_parts) {
      if (part.function) continue;
      const std::size_t at = part.line.find("(wasm_rt_function_ptr_t)&");
      if (at == std::string_view::npos) continue;
      std::string_view name = part.line.substr(at + std::string_view("(wasm_rt_function_ptr_t)&").size());
      name = name.substr(0, name.find_first_of(",} "));
      if (!m_names.contains(name)) continue;
      const std::string_view kept = *m_names.find(name);
      m_callees["*"].insert(kept);
      m_callers[kept].insert("*");
    }
  }

  void findWhoLeaves() {
    for (const Part& part : m_parts) {
      if (!part.function) continue;
      const Function& function = *part.function;
      if (function.mayLoop)
        m_mayLeave.insert(function.name);
      else if (reaches(m_callees, function.name, function.name))
        m_recursive.insert(function.name);
    }
    m_mayLeave.insert(m_recursive.begin(), m_recursive.end());
    addCallers(m_callers, m_mayLeave);
  }

  void declareBacks(std::string& out) const {
    for (const Part& part : m_parts) {
      if (part.function && m_mayLeave.contains(part.function->name)) out += declarationOfBack(*part.function);
    }
  }

  std::string write(const Function& function) {
    const std::uint32_t number = m_number++;
    if (m_mayLeave.contains(function.name)) {
      const bool comesBack = function.name == "w2c__start" || m_callees["*"].contains(function.name);
      return wovenFunction(function, number, m_mayLeave, {m_recursive.contains(function.name), comesBack});
    }
    std::string out(function.head);
    out += '\n';
    for (const std::string_view line : function.declarations) out.append(line) += '\n';
    for (const Line& line : function.lines) out.append("  ").append(line.text) += '\n';
    return out + "}\n";
  }

  /// The numbers of the module that change: the fields "  u32 w2c_g0;" of its instance.
  Result<std::string> globals() const {
    std::string out;
    bool isInside = false;
    bool hasMemory = false;
    for (const std::string_view line : m_header) {
      if (line.starts_with("typedef struct " + m_instance + " {")) isInside = true;
      if (line.starts_with("}")) isInside = false;
      if (!isInside || line.starts_with("typedef") || line.find("_instance;") != std::string_view::npos) continue;
      const bool isMemory = line == "  wasm_rt_memory_t w2c_memory;";
      hasMemory = hasMemory || isMemory;
      if (isMemory || line.starts_with("  wasm_rt_funcref_table_t ")) continue;
      const std::size_t space = line.find(' ', 2);
      const std::string_view type = line.substr(2, space - 2);
      if (type != "u32" && type != "u64" && type != "f32" && type != "f64" && type != "bool") {
        return fail(ErrorCode::kUnsupported,
                    "the module holds state of an unknown kind: " + std::string(line.substr(2)),
                    "A WASI command has one memory, which it exports as 'memory', numbers, and tables of functions");
      }
      const std::string field(line.substr(space + 1, line.size() - space - 2));
      out += "  visit(&hearthInstance." + field + ", sizeof hearthInstance." + field + ");\n";
    }
    if (!hasMemory)
      return fail(ErrorCode::kInvalid, "the module exports no memory", "Build it as a WASI command: with a main");
    return out;
  }

  Result<void> addModule(std::string& out) const {
    auto visits = globals();
    if (!visits) return fail(std::move(visits).error());
    if (!m_names.contains("w2c__start")) {
      return fail(ErrorCode::kInvalid, "the module exports no function _start",
                  "Build it as a WASI command: with a main");
    }
    const bool hasImports = std::any_of(m_header.begin(), m_header.end(), [](std::string_view line) {
      return line.find("Z_wasi_snapshot_preview1_instance;") != std::string_view::npos;
    });
    out += "\nstatic " + m_instance + " hearthInstance;\nstatic void hearthCreate(void) {\n  Z_" + m_module +
           "_init_module();\n  Z_" + m_module + "_instantiate(&hearthInstance" + (hasImports ? ", NULL" : "") +
           ");\n}\nstatic void hearthRun(void) { w2c__start(&hearthInstance); }\n"
           "static void hearthVisit(void (*visit)(void* cell, uint32_t bytes)) {\n  (void)visit;\n" +
           *visits + "}\nconst HearthModule " + m_symbol +
           " = {hearthCreate, hearthRun, &hearthInstance.w2c_memory, hearthVisit};\n";
    return {};
  }

  std::string m_module;
  std::string m_symbol;
  std::string m_instance;
  std::vector<std::string_view> m_lines;
  std::vector<std::string_view> m_header;
  std::set<std::string_view> m_names;
  std::vector<Part> m_parts;
  Edges m_callees;
  Edges m_callers;
  std::set<std::string_view> m_recursive;
  std::set<std::string_view> m_mayLeave;
  std::uint32_t m_number = 0;
};

}  // namespace

Result<std::string> weave(std::string_view source, std::string_view header, std::string_view moduleName,
                          std::string_view symbol) {
  return Weaver(source, header, moduleName, symbol).run();
}

}  // namespace hearth::wasm
