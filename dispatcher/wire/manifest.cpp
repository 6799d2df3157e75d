// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/manifest.h"

#include <algorithm>
#include <limits>

#include <toml++/toml.h>

#include "base/limits.h"
#include "model/template.h"
#include "wire/manifest_parts.h"
#include "wire/manifest_source.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kManifestBytes = 4 * limits::kMiB;
constexpr std::size_t kInputRules = 10'000;
constexpr std::size_t kEnvironment = 256;

void readCommand(ManifestSource& source, const ManifestTable& root, std::vector<std::string>& command) {
  const toml::node* node = root.find("command");
  if (node == nullptr) {
    source.miss("command", "'command' is missing",
                "Name a program of the package and its arguments: command = [\"ecm\", \"{curve}\"].");
    return;
  }
  if (const auto line = node->value_exact<std::string>()) {
    auto words = splitCommand(*line);
    if (!words)
      source.refuse(node->source(), std::move(words).error());
    else
      command = std::move(*words);
  } else if (const toml::array* words = root.array("command", limits::kArguments); words != nullptr) {
    for (const toml::node& word : *words) {
      auto text = plainText(source, word);
      if (!text || text->size() > limits::kArgumentBytes) {
        source.refuse(word.source(), "an argument of the command is neither short text nor a number");
        return;
      }
      command.push_back(std::move(*text));
    }
  }
  // A list without words is for a container image, which has a command of its own: checkBatchSpec knows whether it is
  // one.
  if (command.empty() ? !node->is_array() : command.front().empty())
    source.refuse(node->source(), "the command is empty");
}

void readExitCodes(ManifestSource& source, const ManifestTable& root, std::vector<std::int32_t>& codes) {
  const toml::array* written = root.array("exit_codes", limits::kExitCodes);
  if (written == nullptr) return;
  codes.clear();
  for (const toml::node& node : *written) {
    const auto code = node.value_exact<std::int64_t>();
    if (!code || *code < 0 || *code > limits::kHighestExitCode) {
      source.refuse(node.source(),
                    "an exit code must be a whole number between 0 and " + std::to_string(limits::kHighestExitCode));
      return;
    }
    codes.push_back(static_cast<std::int32_t>(*code));
  }
  if (codes.empty()) source.refuse(written->source(), "'exit_codes' is empty", "Write [0], or leave it out.");
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
}

void addPattern(Manifest& manifest, std::string pattern) {
  if (std::find(manifest.filePatterns.begin(), manifest.filePatterns.end(), pattern) == manifest.filePatterns.end()) {
    manifest.filePatterns.push_back(std::move(pattern));
  }
}

void readInputs(ManifestSource& source, const ManifestTable& root, Manifest& manifest) {
  const toml::array* inputs = root.array("inputs", kInputRules);
  if (inputs == nullptr) return;
  for (const toml::node& node : *inputs) {
    InputRule rule;
    if (const auto path = node.value_exact<std::string>()) {
      rule = {*path, *path};
    } else if (const toml::table* written = node.as_table()) {
      const ManifestTable table(source, *written, {"from", "to"});
      rule.from = table.text("from", limits::kPathBytes);
      rule.to = table.has("to") ? table.text("to", limits::kPathBytes) : rule.from;
    }
    if (rule.from.empty() || rule.to.empty()) {
      source.refuse(node.source(), "an input is neither a path nor { from = …, to = … }");
      return;
    }
    if (auto checked = checkRelativePath(rule.from); !checked) source.refuse(node.source(), std::move(checked).error());
    addPattern(manifest, patternOfTemplate(rule.from));
    manifest.spec.inputs.push_back(std::move(rule));
  }
}

void readFiles(ManifestSource& source, const ManifestTable& root, Manifest& manifest) {
  const toml::array* files = root.array("files", limits::kFilesPerBundle);
  if (files == nullptr) return;
  for (const toml::node& node : *files) {
    const auto pattern = node.value_exact<std::string>();
    if (!pattern) {
      source.refuse(node.source(), "a pattern of 'files' must be text in quotes");
      return;
    }
    if (auto checked = checkRelativePath(*pattern); !checked) {
      source.refuse(node.source(), std::move(checked).error());
      return;
    }
    addPattern(manifest, *pattern);
  }
}

void readOutputs(ManifestSource& source, const ManifestTable& root, BatchSpec& spec) {
  if (const toml::array* outputs = root.array("outputs", limits::kOutputsPerTask); outputs != nullptr) {
    for (const toml::node& node : *outputs) {
      OutputRule rule;
      if (const auto path = node.value_exact<std::string>()) {
        rule.path = *path;
      } else if (const toml::table* written = node.as_table()) {
        const ManifestTable table(source, *written, {"path", "optional"});
        rule.path = table.text("path", limits::kPathBytes);
        if (const toml::node* optional = table.find("optional"); optional != nullptr) {
          const auto truth = optional->value_exact<bool>();
          if (!truth) source.refuse(optional->source(), "'optional' must be true or false");
          rule.optional = truth.value_or(false);
        }
      }
      if (rule.path.empty()) {
        source.refuse(node.source(), "an output is neither a path nor { path = …, optional = … }");
        return;
      }
      spec.outputs.push_back(std::move(rule));
    }
  }
  spec.standardOutput = root.text("stdout", limits::kPathBytes);
  const auto sameFile = [&](const OutputRule& rule) { return rule.path == spec.standardOutput; };
  if (!spec.standardOutput.empty() && std::none_of(spec.outputs.begin(), spec.outputs.end(), sameFile)) {
    spec.outputs.push_back({spec.standardOutput, false});
  }
}

void readEnvironment(ManifestSource& source, const ManifestTable& root, BatchSpec& spec) {
  const toml::table* environment = root.table("environment");
  if (environment == nullptr) return;
  if (environment->size() > kEnvironment) {
    source.refuse(environment->source(), "the environment has more than 256 variables", {}, ErrorCode::kTooLarge);
  }
  for (const auto& [key, node] : entriesInOrder(*environment)) {
    source.member = "environment." + std::string(key->str());
    auto value = plainText(source, *node);
    if (!value || value->size() > limits::kArgumentBytes) {
      source.refuse(node->source(), "an environment variable must be short text or a number");
      return;
    }
    spec.environment.emplace_back(key->str(), std::move(*value));
  }
}

void readNeeds(ManifestSource& source, const ManifestTable& root, BatchSpec& spec) {
  if (const toml::table* written = root.table("requirements"); written != nullptr) {
    const ManifestTable table(
        source, *written, {"platform", "processors", "memory", "disk", "sandbox", "gpus", "gpu_api"}, "requirements.");
    Requirements& needs = spec.requirements;
    if (table.has("platform")) needs.platform = table.text("platform", limits::kNameBytes);
    needs.processors = static_cast<std::uint32_t>(table.integer("processors", needs.processors, 1, 4096));
    needs.memoryBytes = table.byteCount("memory", needs.memoryBytes);
    needs.diskBytes = table.byteCount("disk", needs.diskBytes);
    if (const toml::node* node = table.find("sandbox"); node != nullptr) {
      auto tier = parseSandboxTier(table.text("sandbox", limits::kNameBytes));
      if (tier)
        needs.sandbox = *tier;
      else
        source.refuse(node->source(), std::move(tier).error());
    }
    needs.gpus = static_cast<std::uint32_t>(table.integer("gpus", 0, 0, limits::kGpus));
    if (const toml::node* node = table.find("gpu_api"); node != nullptr) {
      auto api = parseDeviceApi(table.text("gpu_api", limits::kNameBytes));
      if (api)
        needs.gpuApi = *api;
      else
        source.refuse(node->source(), std::move(api).error());
    }
  }
  if (const toml::table* written = root.table("limits"); written != nullptr) {
    const ManifestTable table(source, *written, {"time", "processes", "output"}, "limits.");
    TaskLimits& bounds = spec.limits;
    bounds.time = table.duration("time", bounds.time);
    bounds.processes = static_cast<std::uint32_t>(table.integer("processes", bounds.processes, 1, 100'000));
    bounds.outputBytes = table.byteCount("output", bounds.outputBytes);
  }
}

void readPolicy(ManifestSource& source, const ManifestTable& root, BatchPolicy& policy) {
  constexpr std::int64_t kMany = std::numeric_limits<std::int64_t>::max();
  policy.quorum = static_cast<std::uint32_t>(root.integer("quorum", policy.quorum, 1, limits::kQuorum));
  policy.retries = static_cast<std::uint32_t>(root.integer("retries", policy.retries, 0, limits::kRetries));
  policy.deadline = root.duration("deadline", policy.deadline);
  policy.atOnce = static_cast<std::uint64_t>(root.integer("at_once", 0, 0, kMany));
  policy.stopAfterFailures = static_cast<std::uint64_t>(root.integer("stop_after_failures", 0, 0, kMany));
  policy.priority = static_cast<std::int32_t>(root.integer("priority", policy.priority, -1000, 1000));
  policy.weight = static_cast<std::uint32_t>(root.integer("weight", policy.weight, 1, limits::kWeight));
  if (const toml::node* node = root.find("distinct")) {
    auto distinct = parseDistinct(root.text("distinct", limits::kNameBytes));
    if (distinct)
      policy.distinct = *distinct;
    else
      source.refuse(node->source(), std::move(distinct).error());
  }
}

void readPlacement(ManifestSource& source, const ManifestTable& root, Placement& placement) {
  const toml::node* node = root.find("where");
  if (node == nullptr) return;
  auto read = parsePlacement(root.text("where", 2 * limits::kNameBytes));
  if (read)
    placement = std::move(*read);
  else
    source.refuse(node->source(), std::move(read).error());
}

/// Keys that the language leaves room for. Refused by name, so that nobody believes they have an effect.
void refuseUnbuilt(ManifestSource& source, const ManifestTable& root) {
  static constexpr const char* kHint = "Remove it; a later version of Hearth will have it.";
  for (const std::string_view key : {"after", "gang"}) {
    if (const toml::node* node = root.find(key)) {
      source.refuse(node->source(), "'" + std::string(key) + "' is not built yet", kHint, ErrorCode::kUnsupported);
    }
  }
  const toml::node* network = root.find("network");
  if (network != nullptr && network->value_exact<std::string>() != "none") {
    source.refuse(network->source(), "'network' other than \"none\" is not built yet: a task has no network", kHint,
                  ErrorCode::kUnsupported);
  }
}

void readProgram(ManifestSource& source, const ManifestTable& root, Manifest& manifest) {
  manifest.spec.name = root.text("name", limits::kNameBytes);
  manifest.spec.purpose = root.text("purpose", kPurposeBytes);
  manifest.spec.application = root.text("application", 2 * limits::kNameBytes);
  manifest.packagePath = root.text("package", limits::kPathBytes);
  if (manifest.spec.name.empty() && !source.hasProblemWith("name")) {
    source.miss("name", "'name' is missing", "Name the batch: name = \"my search\".");
  }
  if (source.hasProblemWith("application") || source.hasProblemWith("package")) return;
  if (manifest.spec.application.empty() == manifest.packagePath.empty()) {
    source.miss("application",
                manifest.packagePath.empty() ? "neither 'application' nor 'package' is given"
                                             : "both 'application' and 'package' are given",
                "Name a published application, or the folder of a package made by `hearth pack`; one of them.");
  }
}

/// The keys of one level, and where they stand.
void noteLines(const toml::table& table, const std::string& prefix, std::map<std::string, std::uint64_t>& lines) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    lines.emplace(name, key.source().begin.line);
    if (prefix.empty() && node.is_table()) noteLines(*node.as_table(), name + ".", lines);
  }
}

/// False, saying so, for a manifest that is written in a later version of the language: what else seems wrong with it
/// may be right there.
bool isKnownFormat(ManifestSource& source, const toml::table& written) {
  const toml::node* node = written.get("format");
  if (node == nullptr) return true;
  source.member = "format";
  const auto format = node->value_exact<std::int64_t>();
  if (format == kManifestFormat) return true;
  if (!format || *format < 1) {
    source.refuse(node->source(), "'format' must be a whole number", "Write format = 1, or leave it out.");
    return true;
  }
  source.refuse(node->source(),
                "this manifest is written for a newer Hearth: its format is " + std::to_string(*format) +
                    ", this one reads " + std::to_string(kManifestFormat),
                "Use a newer Hearth, or rewrite it in format " + std::to_string(kManifestFormat) + ".",
                ErrorCode::kUnsupported);
  return false;
}

void readManifest(ManifestSource& source, const toml::table& written, Manifest& manifest) {
  const ManifestTable root(source, written,
                           {"format",     "name",    "application", "package",      "command",
                            "exit_codes", "sweep",   "files",       "inputs",       "outputs",
                            "stdin",      "stdout",  "environment", "requirements", "limits",
                            "quorum",     "retries", "deadline",    "at_once",      "stop_after_failures",
                            "priority",   "weight",  "distinct",    "checkpoint",   "where",
                            "after",      "gang",    "network",     "purpose"},
                           {}, true);
  refuseUnbuilt(source, root);
  readProgram(source, root, manifest);
  readCommand(source, root, manifest.spec.command);
  readExitCodes(source, root, manifest.spec.exitCodes);
  if (const toml::table* sweep = root.table("sweep"); sweep != nullptr) readSweep(source, *sweep, manifest);
  readFiles(source, root, manifest);
  readInputs(source, root, manifest);
  manifest.spec.standardInput = root.text("stdin", limits::kPathBytes);
  readOutputs(source, root, manifest.spec);
  readEnvironment(source, root, manifest.spec);
  readNeeds(source, root, manifest.spec);
  readPolicy(source, root, manifest.spec.policy);
  manifest.spec.checkpoint = root.duration("checkpoint", {});
  readPlacement(source, root, manifest.spec.placement);
}

}  // namespace

std::uint64_t ManifestReading::lineOf(std::string_view member) const {
  for (std::string_view name = member;; name = name.substr(0, name.rfind('.'))) {
    if (const auto found = lines.find(std::string(name)); found != lines.end()) return found->second;
    if (name.find('.') == std::string_view::npos) return 0;
  }
}

ManifestReading readManifest(std::string_view text) {
  ManifestReading reading;
  ManifestSource source{text};
  if (text.size() > kManifestBytes) {
    source.add(0, {ErrorCode::kTooLarge, "the manifest is larger than " + formatByteCount(kManifestBytes),
                   "Put long lists of values into a CSV file: list = \"points.csv\"."});
    reading.problems = std::move(source.problems);
    return reading;
  }
  try {
    const toml::table root = toml::parse(text);
    noteLines(root, {}, reading.lines);
    if (isKnownFormat(source, root)) readManifest(source, root, reading.manifest);
  } catch (const toml::parse_error& problem) {
    source.add(problem.source().begin.line, {ErrorCode::kInvalid, std::string(problem.description()),
                                             "It must be TOML; " + std::string(kManifestGuide)});
  } catch (const std::exception& problem) {
    source.add(
        0, {ErrorCode::kExhausted, std::string("the manifest could not be read: ") + problem.what(), kManifestGuide});
  }
  reading.problems = std::move(source.problems);
  return reading;
}

Result<Manifest> parseManifest(std::string_view text) {
  ManifestReading reading = readManifest(text);
  if (reading.problems.empty()) return std::move(reading.manifest);
  ManifestProblem& first = reading.problems.front();
  // What is missing altogether has no line; a text as a whole has none either.
  if (first.line == 0) return fail(std::move(first.error));
  return fail(std::move(first.error).within("line " + std::to_string(first.line)));
}

}  // namespace hearth::wire
