// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest_of_batch.h"

#include <algorithm>
#include <utility>

#include "wire/manifest.h"
#include "wire/manifest_form.h"

namespace hearth::wire {
namespace {

/// Lines "key = value", those that say no more than the default left out.
class Lines {
 public:
  void text(std::string_view key, std::string_view value, std::string_view usual = {}) {
    if (value != usual) raw(key, tomlText(value));
  }
  template <typename Number>
  void number(std::string_view key, Number value, Number usual) {
    if (value != usual) raw(key, std::to_string(value));
  }
  void duration(std::string_view key, Duration value, Duration usual) {
    if (value != usual) raw(key, tomlText(formatDuration(value)));
  }
  void bytes(std::string_view key, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) raw(key, tomlText(formatByteCount(value)));
  }
  void raw(std::string_view key, const std::string& value) { m_text += std::string(key) + " = " + value + "\n"; }

  /// As a table of this name; nothing where it is empty.
  std::string table(std::string_view name) const {
    return m_text.empty() ? std::string() : "\n[" + std::string(name) + "]\n" + m_text;
  }
  const std::string& top() const { return m_text; }

 private:
  std::string m_text;
};

template <typename Values, typename One>
std::string arrayOf(const Values& values, One one) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + one(value);
  return text + "]";
}

std::string inputText(const InputRule& rule) {
  if (rule.from == rule.to) return tomlText(rule.from);
  return "{ from = " + tomlText(rule.from) + ", to = " + tomlText(rule.to) + " }";
}

std::string outputText(const OutputRule& rule) {
  if (!rule.optional) return tomlText(rule.path);
  return "{ path = " + tomlText(rule.path) + ", optional = true }";
}

/// A value of a range as a number of TOML with its decimals.
std::string decimalText(std::int64_t mantissa, std::uint32_t decimals) {
  const bool isNegative = mantissa < 0;
  const auto bits = static_cast<std::uint64_t>(mantissa);
  std::string digits = std::to_string(isNegative ? 0 - bits : bits);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, ".");
  return (isNegative ? "-" : "") + digits;
}

std::string sweepText(const Sweep& sweep, std::string_view listPath) {
  Lines lines;
  if (sweep.list) lines.raw("list", tomlText(listPath));
  for (const Axis& axis : sweep.axes) {
    if (const auto* list = std::get_if<ListAxis>(&axis)) {
      lines.raw(tomlText(list->name), arrayOf(list->values, [](const std::string& value) { return tomlText(value); }));
      continue;
    }
    const auto& range = std::get<RangeAxis>(axis);
    const auto number = [&](std::int64_t mantissa) { return decimalText(mantissa, range.decimals); };
    lines.raw(tomlText(range.name), "{ from = " + number(range.first) + ", to = " + number(range.last) +
                                        ", step = " + number(range.step) + " }");
  }
  return lines.table("sweep");
}

std::string needsText(const BatchSpec& spec) {
  const Requirements usual;
  const Requirements& needs = spec.requirements;
  Lines lines;
  lines.text("platform", needs.platform, usual.platform);
  lines.number("processors", needs.processors, usual.processors);
  lines.bytes("memory", needs.memoryBytes, usual.memoryBytes);
  lines.bytes("disk", needs.diskBytes, usual.diskBytes);
  lines.text("sandbox", sandboxTierName(needs.sandbox), sandboxTierName(usual.sandbox));
  lines.number("gpus", needs.gpus, usual.gpus);
  lines.text("gpu_api", deviceApiName(needs.gpuApi), deviceApiName(usual.gpuApi));
  return lines.table("requirements");
}

std::string limitsText(const TaskLimits& bounds) {
  const TaskLimits usual;
  Lines lines;
  lines.duration("time", bounds.time, usual.time);
  lines.number("processes", bounds.processes, usual.processes);
  lines.bytes("output", bounds.outputBytes, usual.outputBytes);
  return lines.table("limits");
}

void addPolicy(Lines& lines, const BatchPolicy& policy) {
  const BatchPolicy usual;
  lines.number("quorum", policy.quorum, usual.quorum);
  lines.number("retries", policy.retries, usual.retries);
  lines.duration("deadline", policy.deadline, usual.deadline);
  lines.number("at_once", policy.atOnce, usual.atOnce);
  lines.number("stop_after_failures", policy.stopAfterFailures, usual.stopAfterFailures);
  lines.number("priority", policy.priority, usual.priority);
  lines.number("weight", policy.weight, usual.weight);
  lines.text("distinct", name(policy.distinct), name(usual.distinct));
}

/// What belongs to the bundle without an input that names it.
std::vector<std::string> otherFiles(const BatchSpec& spec) {
  std::vector<std::string> paths;
  for (const FileRef& file : spec.files) {
    const bool isInput = std::any_of(spec.inputs.begin(), spec.inputs.end(),
                                     [&](const InputRule& rule) { return rule.from == file.path; });
    if (!isInput) paths.push_back(file.path);
  }
  return paths;
}

}  // namespace

std::string manifestOfBatch(const BatchSpec& spec, std::string_view packageFolder, std::string_view listPath) {
  const auto quoted = [](const std::string& text) { return tomlText(text); };
  constexpr std::size_t kFilesNamed = 200;
  Lines lines;
  lines.text("name", spec.name);
  lines.text("purpose", spec.purpose);
  lines.text("application", spec.application);
  if (spec.application.empty()) lines.text("package", packageFolder);
  lines.raw("command", arrayOf(spec.command, quoted));
  if (spec.exitCodes != std::vector<std::int32_t>{0})
    lines.raw("exit_codes", arrayOf(spec.exitCodes, [](std::int32_t code) { return std::to_string(code); }));
  // Files that rules with parameters ask for belong to the bundle anyway; a long list is left to them.
  if (const auto others = otherFiles(spec); !others.empty() && others.size() <= kFilesNamed)
    lines.raw("files", arrayOf(others, quoted));
  if (!spec.inputs.empty()) lines.raw("inputs", arrayOf(spec.inputs, inputText));
  if (!spec.outputs.empty()) lines.raw("outputs", arrayOf(spec.outputs, outputText));
  lines.text("stdin", spec.standardInput);
  lines.text("stdout", spec.standardOutput);
  addPolicy(lines, spec.policy);
  lines.duration("checkpoint", spec.checkpoint, {});
  lines.text("where", formatPlacement(spec.placement), formatPlacement({}));
  Lines environment;
  for (const auto& [variable, value] : spec.environment) environment.raw(tomlText(variable), tomlText(value));
  return lines.top() + sweepText(spec.sweep, listPath) + environment.table("environment") + needsText(spec) +
         limitsText(spec.limits);
}

}  // namespace hearth::wire
