// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/draft_bundle.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/suggest.h"
#include "model/template.h"
#include "server/api/submission.h"
#include "server/blob/line_index.h"
#include "wire/batch_json.h"
#include "wire/file_pattern.h"

namespace hearth::server {
namespace {

constexpr std::size_t kSuggestFrom = 2'000;
constexpr std::string_view kTrialMark = " (dry run)";
constexpr std::int32_t kFirst = 1000;  ///< the highest priority

bool before(const FileRef& file, std::string_view path) { return file.path < path; }

const FileRef* find(const std::vector<FileRef>& files, std::string_view path) {
  const auto at = std::lower_bound(files.begin(), files.end(), path, before);
  return at != files.end() && at->path == path ? &*at : nullptr;
}

std::string nearest(const std::vector<FileRef>& files, std::string_view path) {
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < files.size() && i < kSuggestFrom; ++i) known.push_back(files[i].path);
  return didYouMean(path, known);
}

/// Puts a bundle together out of a manifest and files, noting what is wrong.
class Assembly {
 public:
  Assembly(ApiContext& context, const std::vector<FileRef>& files) : m_context(context), m_files(files) {}

  DraftBundle run(std::string_view text) {
    m_reading = wire::readManifest(text);
    m_bundle.problems = m_reading.problems;
    if (m_reading.lines.empty()) return std::move(m_bundle);
    m_bundle.spec = std::move(m_reading.manifest.spec);
    addFiles();
    if (!m_reading.manifest.listPath.empty()) addList(m_reading.manifest.listPath);
    if (!m_reading.manifest.packagePath.empty()) {
      addOwnPackage(m_reading.manifest.packagePath);
    } else if (!m_bundle.spec.application.empty()) {
      addApplication();
    }
    if (m_bundle.package) adoptPackage();
    for (wire::SpecProblem& problem : wire::problemsOf(m_bundle.spec)) {
      if (problem.member == "application" && hasProblem("package")) continue;
      refuse(problem.member, std::move(problem.error));
    }
    countTasks();
    return std::move(m_bundle);
  }

 private:
  /// Notes a problem unless the same key has one: what follows from the first tells nothing new.
  void refuse(const std::string& member, Error error) {
    const std::string inner = member + ".";
    const bool known = std::any_of(m_bundle.problems.begin(), m_bundle.problems.end(), [&](const auto& one) {
      return one.member == member || one.member.compare(0, inner.size(), inner) == 0;
    });
    if (!known) m_bundle.problems.push_back({m_reading.lineOf(member), member, std::move(error)});
  }

  bool hasProblem(std::string_view member) const {
    return std::any_of(m_bundle.problems.begin(), m_bundle.problems.end(),
                       [&](const auto& one) { return one.member.compare(0, member.size(), member) == 0; });
  }

  void addFiles() {
    std::set<const FileRef*> chosen;
    for (const std::string& pattern : m_reading.manifest.filePatterns) {
      const std::size_t had = chosen.size();
      const bool isPlain = pattern.find_first_of("*?[") == std::string::npos;
      if (isPlain) {
        if (const FileRef* file = find(m_files, pattern)) chosen.insert(file);
        const std::string folder = pattern + "/";
        for (auto at = std::lower_bound(m_files.begin(), m_files.end(), folder, before);
             at != m_files.end() && at->path.compare(0, folder.size(), folder) == 0; ++at)
          chosen.insert(&*at);
      } else {
        const wire::FilePattern wanted(pattern);
        for (const FileRef& file : m_files) {
          if (wanted.matches(file.path)) chosen.insert(&file);
        }
      }
      // A pattern may add nothing because an earlier one had it all; only one that matches nothing is wrong.
      if (chosen.size() == had && !isPlain && !matchesAny(chosen, pattern)) refuseEmpty(pattern);
    }
    for (const FileRef* file : chosen) m_bundle.spec.files.push_back(*file);
    std::sort(m_bundle.spec.files.begin(), m_bundle.spec.files.end(),
              [](const FileRef& a, const FileRef& b) { return a.path < b.path; });
  }

  static bool matchesAny(const std::set<const FileRef*>& files, const std::string& pattern) {
    const wire::FilePattern wanted(pattern);
    return std::any_of(files.begin(), files.end(), [&](const FileRef* file) { return wanted.matches(file->path); });
  }

  void refuseEmpty(const std::string& pattern) {
    const bool isInput = std::any_of(m_bundle.spec.inputs.begin(), m_bundle.spec.inputs.end(),
                                     [](const InputRule& rule) { return hasParameters(rule.from); });
    refuse(m_reading.lines.contains("files") && !isInput ? "files" : "inputs",
           {ErrorCode::kInvalid, "no file of the bundle matches '" + pattern + "'",
            "Add the files, or correct the path: * stands for any characters between two slashes."});
  }

  void addList(const std::string& path) {
    const FileRef* file = find(m_files, path);
    if (file == nullptr) {
      return refuse("sweep.list",
                    {ErrorCode::kInvalid, "the bundle has no file '" + path + "'." + nearest(m_files, path),
                     "Add the CSV file, or paste its lines into the sweep's editor."});
    }
    auto opened = m_context.deps.lines.open(file->digest);
    if (!opened) return refuse("sweep.list", std::move(opened).error().within(path));
    m_bundle.spec.sweep.list = ListFile{file->digest, file->size, (*opened)->columns(), (*opened)->lines()};
  }

  void addOwnPackage(const std::string& folder) {
    m_bundle.isOwnPackage = true;
    const FileRef* manifest = find(m_files, folder + "/package.json");
    if (manifest == nullptr) {
      return refuse("package", {ErrorCode::kInvalid, "the bundle has no package '" + folder + "'",
                                "Drop the folder that `hearth pack` made, let this page make a package of your "
                                "program, or choose a published application."});
    }
    m_bundle.spec.package = manifest->digest;
    auto package = m_context.packages.find(manifest->digest);
    if (!package) return refuse("package", std::move(package).error().within(folder + "/package.json"));
    for (const FileRef& wanted : (*package)->package.files) {
      const FileRef* file = find(m_files, folder + "/" + wanted.path);
      if (file != nullptr && file->digest == wanted.digest) continue;
      return refuse("package", {ErrorCode::kInvalid,
                                "the package's file '" + wanted.path + "' is " +
                                    (file == nullptr ? "missing" : "another one than its package.json names"),
                                "Drop the whole folder that `hearth pack` made, once more."});
    }
    m_bundle.package = (*package)->package;
  }

  void addApplication() {
    const std::string& application = m_bundle.spec.application;
    const std::size_t at = application.find('@');
    const std::string wanted = application.substr(0, at);
    const auto version =
        m_context.deps.read.appVersion(wanted, at == std::string::npos ? "" : application.substr(at + 1));
    if (!version) return refuse("application", version.error());
    if (!*version) {
      const auto all = m_context.deps.read.appVersions();
      std::vector<std::string_view> known;
      if (all) {
        for (const db::AppVersion& one : *all) known.push_back(one.name);
      }
      return refuse("application", {ErrorCode::kInvalid,
                                    "there is no application '" + application + "' here." + didYouMean(wanted, known),
                                    "Choose one of those that are published."});
    }
    m_bundle.spec.package = (*version)->package;
    auto package = m_context.packages.find((*version)->package);
    if (!package) return refuse("application", std::move(package).error());
    m_bundle.package = (*package)->package;
  }

  void adoptPackage() {
    const hearth::Package& package = *m_bundle.package;
    for (const auto& [name, path] : package.programs) m_bundle.programs.push_back(name);
    adoptRuntime(m_bundle.spec, package);
    if (m_bundle.spec.command.empty() && package.runtime != hearth::Runtime::kOci) return;
    if (auto good = checkCommand(m_bundle.spec, package); !good) {
      const bool isPlatform = m_bundle.spec.requirements.platform != package.platform;
      refuse(isPlatform ? "requirements.platform" : "command", std::move(good).error());
    }
  }

  void countTasks() {
    const Sweep& sweep = m_bundle.spec.sweep;
    if (hasProblem("sweep")) return;
    m_bundle.tasks = sweep.list ? sweep.list->lines : taskCount(sweep).value_or(0);
  }

  ApiContext& m_context;
  const std::vector<FileRef>& m_files;
  wire::ManifestReading m_reading;
  DraftBundle m_bundle;
};

std::string quoted(const std::string& word) {
  const bool isPlain =
      !word.empty() &&
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^") ==
          std::string::npos;
  if (isPlain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Result<Parameters> parametersOf(ApiContext& context, const Sweep& sweep, TaskIndex index) {
  if (!sweep.list) return parametersAt(sweep, index);
  auto list = context.deps.lines.open(sweep.list->digest);
  if (!list) return fail(std::move(list).error());
  auto line = (*list)->line(index);
  if (!line) return fail(std::move(line).error());
  return parametersOfLine(*sweep.list, index, *line);
}

/// A text that its template gives back.
std::string literally(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

/// Cut between two characters.
std::string shortened(const std::string& text, std::size_t most) {
  std::size_t cut = std::min(text.size(), most);
  while (cut > 0 && cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return text.substr(0, cut);
}

}  // namespace

DraftBundle bundleOf(ApiContext& context, std::string_view manifest, const std::vector<FileRef>& files) {
  return Assembly(context, files).run(manifest);
}

Result<ExpandedTask> expandTask(ApiContext& context, const DraftBundle& bundle, TaskIndex index) {
  const BatchSpec& spec = bundle.spec;
  if (index >= bundle.tasks) {
    return fail(ErrorCode::kInvalid,
                "There is no task " + std::to_string(index) + ": the batch has " + std::to_string(bundle.tasks) + ".",
                "Tasks are counted from 0.");
  }
  auto parameters = parametersOf(context, spec.sweep, index);
  if (!parameters) return fail(std::move(parameters).error());
  ExpandedTask task{index, std::move(*parameters), {}, {}, {}, {}, {}, {}};
  Result<void> failed;
  const auto expand = [&](const std::string& text) {
    auto expanded = expandTemplate(text, task.parameters);
    if (expanded) return std::move(*expanded);
    if (failed) failed = fail(std::move(expanded).error());
    return text;
  };
  for (const std::string& word : spec.command) task.command.push_back(expand(word));
  task.standardInput = expand(spec.standardInput);
  task.standardOutput = expand(spec.standardOutput);
  for (const InputRule& rule : spec.inputs) {
    std::string from = expand(rule.from);
    const bool isThere = find(spec.files, from) != nullptr;
    task.inputs.push_back({std::move(from), expand(rule.to), isThere});
  }
  for (const OutputRule& rule : spec.outputs) task.outputs.push_back({expand(rule.path), rule.optional});
  for (const auto& [name, value] : spec.environment) task.environment.emplace_back(name, expand(value));
  if (!failed) return fail(std::move(failed).error());
  return task;
}

Result<BatchSpec> trialOf(ApiContext& context, const DraftBundle& bundle) {
  auto task = expandTask(context, bundle, 0);
  if (!task) return fail(std::move(task).error());
  BatchSpec spec = bundle.spec;
  spec.sweep = {};
  spec.command.clear();
  for (const std::string& word : task->command) spec.command.push_back(literally(word));
  spec.standardInput = literally(task->standardInput);
  spec.standardOutput = literally(task->standardOutput);
  spec.inputs.clear();
  for (const ExpandedTask::Input& input : task->inputs)
    spec.inputs.push_back({literally(input.from), literally(input.to)});
  spec.outputs.clear();
  for (const OutputRule& output : task->outputs) spec.outputs.push_back({literally(output.path), output.optional});
  for (std::size_t i = 0; i < spec.environment.size(); ++i)
    spec.environment[i].second = literally(task->environment[i].second);
  spec.name = shortened(spec.name, limits::kNameBytes - kTrialMark.size()) + std::string(kTrialMark);
  spec.policy.quorum = 1;
  spec.policy.retries = 0;
  spec.policy.priority = kFirst;
  return spec;
}

std::string commandLine(const ExpandedTask& task) {
  std::string line;
  for (const std::string& word : task.command) line += (line.empty() ? "" : " ") + quoted(word);
  if (!task.standardInput.empty()) line += " < " + quoted(task.standardInput);
  if (!task.standardOutput.empty()) line += " > " + quoted(task.standardOutput);
  return line;
}

}  // namespace hearth::server
