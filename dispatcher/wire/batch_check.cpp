// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/suggest.h"
#include "model/template.h"
#include "wire/batch_json.h"
#include "wire/manifest.h"

/// checkBatchSpec: what can be said about a submission without asking anybody.
namespace hearth::wire {
namespace {

constexpr Duration kShortestDeadline = Duration::minutes(1);
constexpr Duration kShortestCheckpoint = Duration::seconds(1);
constexpr Duration kLongestDeadline = Duration::days(366);
constexpr std::uint32_t kMostProcessors = 4096;
constexpr std::uint32_t kMostProcesses = 100'000;
constexpr std::int32_t kMostPriority = 1000;
constexpr std::uint64_t kMostMemory = 1ULL << 50;
constexpr std::size_t kSuggestFrom = 2'000;  // files that are looked through for a suggestion

tl::unexpected<Error> invalid(std::string message, std::string hint = {}) {
  return fail(ErrorCode::kInvalid, std::move(message), std::move(hint));
}

Result<void> checkText(std::string_view what, std::string_view text) {
  if (text.empty()) return invalid(std::string(what) + " is missing", "Give it a name.");
  if (text.size() > limits::kNameBytes) {
    return fail(ErrorCode::kTooLarge,
                std::string(what) + " is longer than " + std::to_string(limits::kNameBytes) + " bytes", "Shorten it.");
  }
  const bool control = std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
  if (control) return invalid(std::string(what) + " contains a line break or another control character", "Remove it.");
  return {};
}

Result<void> checkApplication(const BatchSpec& spec) {
  if (spec.application.empty() && spec.package == Digest{}) {
    return invalid("neither an application nor a package is named",
                   "Name a published application, or a package made by `hearth pack`.");
  }
  const std::size_t at = spec.application.find('@');
  if (at == 0 ||
      (at != std::string::npos && (at + 1 == spec.application.size() || spec.application.rfind('@') != at))) {
    return invalid("'" + spec.application.substr(0, 100) + "' is no application", "Write NAME or NAME@VERSION.");
  }
  return {};
}

Result<void> checkCommand(const BatchSpec& spec, std::span<const std::string> names) {
  const bool isOptional = spec.requirements.runtime == Runtime::kOci;  // an image has a command of its own
  if (spec.command.empty() ? !isOptional : spec.command.front().empty()) {
    return invalid("the command is missing", "Name a program of the package and its arguments.");
  }
  if (spec.command.size() > limits::kArguments) {
    return fail(ErrorCode::kTooLarge, "the command has more than " + std::to_string(limits::kArguments) + " arguments",
                "Put them into an input file.");
  }
  for (const std::string& argument : spec.command) {
    if (auto checked = checkTemplate(argument, names); !checked) {
      return fail(std::move(checked).error().within("command"));
    }
  }
  return {};
}

Result<void> checkEnvironment(const BatchSpec& spec, std::span<const std::string> names) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : spec.environment) {
    const bool good =
        !name.empty() && (name[0] < '0' || name[0] > '9') && std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (!good || name.size() > limits::kNameBytes) {
      return invalid("'" + name.substr(0, 64) + "' is no name for an environment variable",
                     "Use letters, digits and '_', not beginning with a digit.");
    }
    if (!seen.insert(name).second) return invalid("the environment has '" + name + "' twice", "Remove one.");
    if (auto checked = checkTemplate(value, names); !checked) {
      return fail(std::move(checked).error().within("environment variable " + name));
    }
  }
  return {};
}

/// A path with the parameters as harmless words in their places: what is wrong with it then is wrong for every task.
Result<void> checkPathTemplate(const std::string& text, std::span<const std::string> names, const std::string& what) {
  if (auto checked = checkTemplate(text, names); !checked) return fail(std::move(checked).error().within(what));
  Parameters words;
  for (const std::string& name : names) words.emplace_back(name, "x");
  auto path = expandTemplate(text, words);
  if (!path) return fail(std::move(path).error().within(what));
  if (auto checked = checkRelativePath(*path); !checked) return fail(std::move(checked).error().within(what));
  return {};
}

bool hasFile(const BatchSpec& spec, const std::string& path) {
  const auto at = std::lower_bound(spec.files.begin(), spec.files.end(), path,
                                   [](const FileRef& file, const std::string& wanted) { return file.path < wanted; });
  return at != spec.files.end() && at->path == path;
}

Result<void> checkInputFile(const BatchSpec& spec, const std::string& path, const std::string& rule) {
  if (auto checked = checkRelativePath(path); !checked) return fail(std::move(checked).error().within("input " + rule));
  if (hasFile(spec, path)) return {};
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < spec.files.size() && i < kSuggestFrom; ++i) known.push_back(spec.files[i].path);
  return invalid("input '" + rule.substr(0, 200) + "' needs the file '" + path.substr(0, 200) +
                     "', which the bundle does not have." + didYouMean(path, known),
                 "Add the file, or correct the rule.");
}

/// The part of the sweep that a template depends on: the axes that it names.
Sweep sweepOf(const std::string& text, const Sweep& sweep) {
  Sweep part;
  for (const Axis& axis : sweep.axes) {
    const std::string& name = std::visit([](const auto& a) -> const std::string& { return a.name; }, axis);
    if (text.find("{" + name + "}") != std::string::npos) part.axes.push_back(axis);
  }
  return part;
}

/// Every file that a rule of axes can ask for is there. Looks at no more combinations than a bundle can have files,
/// then at the first and the last. The lines of a list are read by the server only, which expands them itself.
Result<void> checkInputFiles(const BatchSpec& spec, const InputRule& rule) {
  if (spec.sweep.list && hasParameters(rule.from)) return {};
  const bool byIndex = rule.from.find("{index}") != std::string::npos;
  const Sweep part = byIndex ? spec.sweep : sweepOf(rule.from, spec.sweep);
  const auto count = taskCount(part);
  if (!count) return fail(count.error());
  const auto checkOne = [&](TaskIndex index) -> Result<void> {
    auto path = expandTemplate(rule.from, parametersAt(part, index));
    if (!path) return fail(std::move(path).error().within("input " + rule.from));
    return checkInputFile(spec, *path, rule.from);
  };
  if (*count > limits::kFilesPerBundle) {
    HEARTH_TRY(checkOne(0));
    return checkOne(*count - 1);
  }
  for (TaskIndex index = 0; index < *count; ++index) HEARTH_TRY(checkOne(index));
  return {};
}

Result<void> checkFiles(const BatchSpec& spec) {
  if (spec.files.size() > limits::kFilesPerBundle) {
    return fail(ErrorCode::kTooLarge, "the bundle has more than " + std::to_string(limits::kFilesPerBundle) + " files",
                "Pack some together.");
  }
  const FileRef* before = nullptr;
  for (const FileRef& file : spec.files) {
    if (auto checked = checkRelativePath(file.path); !checked) return fail(std::move(checked).error().within("files"));
    if (before != nullptr && before->path >= file.path) {
      return invalid(before->path == file.path ? "the bundle has '" + file.path + "' twice"
                                               : "the bundle's files are not sorted by path",
                     "List each file once, sorted by path.");
    }
    before = &file;
  }
  return {};
}

Result<void> checkInputs(const BatchSpec& spec, std::span<const std::string> names) {
  std::set<std::string_view> places;
  for (const InputRule& rule : spec.inputs) {
    HEARTH_TRY(checkPathTemplate(rule.from, names, "input " + rule.from.substr(0, 200)));
    HEARTH_TRY(checkPathTemplate(rule.to, names, "input " + rule.from.substr(0, 200)));
    if (!places.insert(rule.to).second) {
      return invalid("two inputs go to '" + rule.to + "'", "Give each a place of its own.");
    }
    HEARTH_TRY(checkInputFiles(spec, rule));
  }
  if (spec.standardInput.empty()) return {};
  HEARTH_TRY(checkPathTemplate(spec.standardInput, names, "standard input"));
  if (places.count(spec.standardInput) != 0) return {};
  const std::vector<std::string_view> known(places.begin(), places.end());
  return invalid("standard input '" + spec.standardInput + "' is not the place of an input." +
                     didYouMean(spec.standardInput, known),
                 "Add it to the inputs.");
}

Result<void> checkOutputs(const BatchSpec& spec, std::span<const std::string> names) {
  if (spec.outputs.size() > limits::kOutputsPerTask) {
    return fail(ErrorCode::kTooLarge,
                "a task declares more than " + std::to_string(limits::kOutputsPerTask) + " outputs",
                "Let it pack them into one archive.");
  }
  std::set<std::string_view> places;
  for (const OutputRule& rule : spec.outputs) {
    HEARTH_TRY(checkPathTemplate(rule.path, names, "output " + rule.path.substr(0, 200)));
    if (!places.insert(rule.path).second)
      return invalid("the output '" + rule.path + "' is declared twice", "Remove one.");
  }
  if (!spec.standardOutput.empty() && places.count(spec.standardOutput) == 0) {
    return invalid("standard output goes to '" + spec.standardOutput + "', which is not declared",
                   "Add it to the outputs.");
  }
  if (spec.outputs.empty() && spec.policy.quorum > 1) {
    return invalid(
        "a quorum of " + std::to_string(spec.policy.quorum) + " has nothing to compare: no output is declared",
        "Declare the files that results consist of.");
  }
  return {};
}

Result<void> checkExitCodes(const std::vector<std::int32_t>& codes) {
  if (codes.empty()) return invalid("no exit code means success", "Name at least one: 0 is usual.");
  if (codes.size() > limits::kExitCodes)
    return fail(ErrorCode::kTooLarge, "more than 256 exit codes mean success", "Name fewer.");
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < 0 || codes[i] > static_cast<std::int32_t>(limits::kHighestExitCode)) {
      return invalid("the exit code " + std::to_string(codes[i]) + " is not between 0 and 255",
                     "Name codes that a program can end with.");
    }
    if (i > 0 && codes[i - 1] >= codes[i])
      return invalid("the exit codes are not sorted, or one is named twice", "Name each once, lowest first.");
  }
  return {};
}

/// The time between two checkpoints: 0 for none.
Result<void> checkCheckpoint(Duration checkpoint) {
  if (checkpoint == Duration{} || checkpoint >= kShortestCheckpoint) return {};
  return invalid("a checkpoint every " + formatDuration(checkpoint) + " is too often", "Use 1s or more; 60s is usual.");
}

Result<void> checkNeeds(const Requirements& needs, const TaskLimits& bounds, const BatchPolicy& policy) {
  HEARTH_TRY(checkText("the platform", needs.platform));
  if (needs.sandbox == SandboxTier::kNone) {
    return invalid("sandbox 'none' is refused: no task runs unconfined", "Use process, namespaces, cgroup or vm.");
  }
  const auto outside = [](const std::string& what, const std::string& least, const std::string& most) {
    return invalid(what + " is not between " + least + " and " + most, "Use a number in between.");
  };
  if (needs.processors < 1 || needs.processors > kMostProcessors) return outside("processors", "1", "4096");
  if (needs.memoryBytes < limits::kMiB || needs.memoryBytes > kMostMemory) return outside("memory", "1MiB", "1PiB");
  if (needs.diskBytes > kMostMemory) return outside("disk", "0", "1PiB");
  if (bounds.processes < 1 || bounds.processes > kMostProcesses) return outside("processes", "1", "100000");
  if (bounds.outputBytes < 1 || bounds.outputBytes > limits::kBlobBytes) return outside("output", "1", "64GiB");
  if (bounds.time < Duration::milliseconds(1)) return invalid("a task has no time to run", "Set limits.time above 0.");
  if (needs.gpus > limits::kGpus) return outside("gpus", "0", "64");
  if (needs.gpuApi != DeviceApi::kAny && needs.gpus == 0) {
    return invalid("an API for devices is asked for, but no device", "Set requirements.gpus to 1.");
  }
  if (policy.quorum < 1 || policy.quorum > limits::kQuorum) return outside("quorum", "1", "16");
  if (policy.retries > limits::kRetries) return outside("retries", "0", "100");
  if (policy.priority < -kMostPriority || policy.priority > kMostPriority) return outside("priority", "-1000", "1000");
  if (policy.weight < 1 || policy.weight > limits::kWeight) return outside("weight", "1", "1000");
  if (policy.deadline < kShortestDeadline || policy.deadline > kLongestDeadline) {
    return outside("deadline", "1m", "366d");
  }
  if (bounds.time > policy.deadline) {
    return invalid("a task may run for " + formatDuration(bounds.time) + ", but its attempt ends after " +
                       formatDuration(policy.deadline),
                   "Raise deadline above the time limit; leave room for transfers and pauses.");
  }
  return {};
}

}  // namespace

std::vector<SpecProblem> problemsOf(const BatchSpec& spec) {
  std::vector<SpecProblem> problems;
  const auto take = [&](const char* member, Result<void> checked) {
    if (!checked) problems.push_back({member, std::move(checked).error()});
  };
  take("name", checkText("the batch's name", spec.name));
  const bool isSweepGood = taskCount(spec.sweep).has_value();
  if (auto tasks = taskCount(spec.sweep); !tasks) problems.push_back({"sweep", std::move(tasks).error()});
  const std::vector<std::string> names = parameterNames(spec.sweep);
  take("application", checkApplication(spec));
  take("command", checkCommand(spec, names));
  take("environment", checkEnvironment(spec, names));
  take("files", checkFiles(spec));
  if (isSweepGood) take("inputs", checkInputs(spec, names));
  take("outputs", checkOutputs(spec, names));
  take("exit_codes", checkExitCodes(spec.exitCodes));
  take("requirements", checkNeeds(spec.requirements, spec.limits, spec.policy));
  take("checkpoint", checkCheckpoint(spec.checkpoint));
  return problems;
}

Result<std::uint64_t> checkBatchSpec(const BatchSpec& spec) {
  std::vector<SpecProblem> problems = problemsOf(spec);
  if (!problems.empty()) return fail(std::move(problems.front().error));
  return taskCount(spec.sweep);
}

}  // namespace hearth::wire
