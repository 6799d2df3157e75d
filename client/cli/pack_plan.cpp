// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string_view>

#include "base/limits.h"
#include "cli/elf.h"
#include "cli/library_search.h"
#include "cli/pack.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kShebangDepth = 4;  // a script whose interpreter is a script …
constexpr int kFolderDepth = 64;

/// Top folders that the sandbox makes itself: what stands there on this machine goes below /opt, with all that stands
/// beside it, so that $ORIGIN still leads to the same files.
constexpr std::array<std::string_view, 5> kSandboxFolders = {"work", "tmp", "proc", "dev", "sys"};

bool isSandboxFolder(const fs::path& relative) {
  const std::string top = relative.empty() ? std::string() : relative.begin()->string();
  return std::find(kSandboxFolders.begin(), kSandboxFolders.end(), top) != kSandboxFolders.end();
}

/// The path in the task's root of an absolute path here.
std::string rootPath(const fs::path& absolute) {
  const fs::path relative = absolute.lexically_normal().relative_path();
  return (isSandboxFolder(relative) ? "opt" / relative : relative).string();
}

/// Gathers the files of one package. Each `add…` follows what the file needs.
class PackPlanner {
 public:
  explicit PackPlanner(const PackRequest& request) : m_request(request), m_libraries(librarySearchPath()) {}

  Result<PackPlan> run() {
    if (m_request.programs.empty()) {
      return fail(ErrorCode::kInvalid, "no program to pack",
                  "Name at least one: hearth pack /usr/bin/ecm --version 7.0.5");
    }
    if (!m_request.alias.empty() && m_request.programs.size() != 1) {
      return fail(ErrorCode::kInvalid, "--as names one program, but several are packed",
                  "Pack them by their own names");
    }
    for (const fs::path& program : m_request.programs) HEARTH_TRY(addProgram(program));
    for (const fs::path& extra : m_request.extras) HEARTH_TRY(addExtra(extra));
    Package& package = m_plan.package;
    package.name = m_request.name.empty() ? package.programs.front().first : m_request.name;
    package.version = m_request.version;
    std::sort(package.programs.begin(), package.programs.end());
    if (m_platform.empty()) {
      return fail(ErrorCode::kInvalid, "the package holds no program for a processor", "Pack at least one ELF program");
    }
    package.platform = m_platform;
    return std::move(m_plan);
  }

 private:
  Result<fs::path> locate(const fs::path& program) const {
    std::error_code failed;
    if (program.string().find('/') != std::string::npos) {
      if (fs::is_regular_file(program, failed)) return fs::absolute(program).lexically_normal();
      return fail(ErrorCode::kNotFound, program.string() + " is not a file", "Name an installed program");
    }
    std::string rest = m_request.searchPath;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      const fs::path candidate = fs::path(rest.substr(0, end)) / program;
      if (candidate.is_absolute() && fs::is_regular_file(candidate, failed)) return candidate.lexically_normal();
      rest.erase(0, end + 1);
    }
    return fail(ErrorCode::kNotFound, "no program '" + program.string() + "' in PATH",
                "Install it, or name it by its path");
  }

  Result<void> addProgram(const fs::path& named) {
    auto located = locate(named);
    if (!located) return fail(std::move(located).error());
    // The program stands beside its real file, since $ORIGIN is the folder of that one, but under the name it was
    // called by: some programs are many by their name.
    std::error_code failed;
    const fs::path real = fs::canonical(*located, failed);
    if (failed) return fail(ErrorCode::kIo, "cannot follow " + located->string() + ": " + failed.message());
    const fs::path place = real.parent_path() / located->filename();
    HEARTH_TRY(addRunnable(real, place, 0));
    const std::string name = m_request.alias.empty() ? located->filename().string() : m_request.alias;
    for (const auto& [other, path] : m_plan.package.programs) {
      if (other == name)
        return fail(ErrorCode::kConflict, "two programs are called '" + name + "'",
                    "Pack one of them alone with --as NAME");
    }
    m_plan.package.programs.emplace_back(name, rootPath(place));
    return {};
  }

  Result<void> addRunnable(const fs::path& file, const fs::path& place, int depth) {
    const auto kind = fileKind(file);
    if (!kind) return fail(kind.error());
    if (*kind == FileKind::kElf) return addElf(file, place);
    if (*kind == FileKind::kScript && depth < kShebangDepth) return addScript(file, place, depth);
    return fail(ErrorCode::kInvalid,
                file.string() + " is neither an ELF program nor a script that names its interpreter",
                "Pack the program itself, or begin the script with a line like #!/bin/sh");
  }

  Result<void> addElf(const fs::path& file, const fs::path& place) {
    auto elf = readElf(file);
    if (!elf) return fail(std::move(elf).error());
    auto platform = platformOf(*elf);
    if (!platform) return fail(std::move(platform).error().within(file.string()));
    if (m_platform.empty()) m_platform = *platform;
    if (m_platform != *platform) {
      return fail(ErrorCode::kInvalid,
                  file.string() + " is for " + *platform + ", the rest of the package for " + m_platform,
                  "Make one package for each platform");
    }
    HEARTH_TRY(addFile(file, place));
    if (!elf->interpreter.empty()) HEARTH_TRY(addFile(elf->interpreter, elf->interpreter));
    auto libraries = libraryClosure(file, *elf, m_libraries);
    if (!libraries) return fail(std::move(libraries).error());
    for (const FoundLibrary& library : *libraries) HEARTH_TRY(addFile(library.source, library.place));
    return {};
  }

  Result<void> addScript(const fs::path& file, const fs::path& place, int depth) {
    auto shebang = readShebang(file);
    if (!shebang) return fail(std::move(shebang).error());
    HEARTH_TRY(addFile(file, place));
    HEARTH_TRY(addRunnable(shebang->interpreter, shebang->interpreter, depth + 1));
    if (fs::path(shebang->interpreter).filename() == "env") {
      auto interpreter = locate(shebang->argument.substr(0, shebang->argument.find(' ')));
      if (!interpreter) return fail(std::move(interpreter).error().within(file.string()));
      HEARTH_TRY(addRunnable(*interpreter, *interpreter, depth + 1));
    }
    m_plan.warnings.push_back(file.string() +
                              " is a script: its interpreter is packed, but not the modules and programs"
                              " that it uses; add them with --file");
    return {};
  }

  Result<void> addExtra(const fs::path& extra) {
    std::error_code failed;
    const fs::path absolute = fs::absolute(extra).lexically_normal();
    if (!fs::exists(absolute, failed))
      return fail(ErrorCode::kNotFound, absolute.string() + " does not exist", "Check the path after --file");
    if (isSandboxFolder(absolute.relative_path())) {
      m_plan.warnings.push_back(absolute.string() + " is packed as /" + rootPath(absolute) + ": a task has a /" +
                                absolute.relative_path().begin()->string() + " of its own");
    }
    return addTree(absolute, 0);
  }

  /// Links are replaced by what they lead to; a folder that leads back to one around it would never end.
  Result<void> addTree(const fs::path& path, int depth) {
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (fs::is_directory(status)) {
      const fs::path real = fs::canonical(path, failed);
      if (failed || depth > kFolderDepth || !m_folders.insert(real).second) {
        return fail(ErrorCode::kInvalid, path.string() + " leads back to a folder around it",
                    "Name the folders below it one by one");
      }
      std::vector<fs::path> entries;
      for (fs::directory_iterator it(path, failed), end; !failed && it != end; it.increment(failed)) {
        if (entries.size() > limits::kFilesPerBundle) return tooMany();
        entries.push_back(it->path());
      }
      if (failed) return fail(ErrorCode::kIo, "cannot read " + path.string() + ": " + failed.message());
      std::sort(entries.begin(), entries.end());
      for (const fs::path& entry : entries) HEARTH_TRY(addTree(entry, depth + 1));
      m_folders.erase(real);
      return {};
    }
    if (!fs::exists(status)) {
      return fail(ErrorCode::kNotFound, path.string() + " is a link to nothing",
                  "Remove the link, or name the files that are needed one by one");
    }
    if (!fs::is_regular_file(status)) {
      return fail(ErrorCode::kInvalid, path.string() + " is a device, socket or pipe",
                  "Name regular files and folders only");
    }
    const auto kind = fileKind(path);
    if (!kind) return fail(kind.error());
    return *kind == FileKind::kElf ? addExtraElf(path) : addFile(path, path);
  }

  /// A plug-in brings its libraries along; an object file or a program of another platform is taken as it is.
  Result<void> addExtraElf(const fs::path& path) {
    const auto elf = readElf(path);
    const auto platform = elf ? platformOf(*elf) : Result<std::string>(tl::unexpect, elf.error());
    return platform && *platform == m_platform ? addElf(path, path) : addFile(path, path);
  }

  Result<void> addFile(const fs::path& source, const fs::path& place) {
    const auto [it, isNew] = m_plan.files.emplace(rootPath(place), source);
    std::error_code failed;
    if (!isNew && !fs::equivalent(it->second, source, failed)) {
      return fail(ErrorCode::kConflict,
                  "two files want to be " + place.string() + ": " + it->second.string() + " and " + source.string(),
                  "Leave one of them out of --file");
    }
    return m_plan.files.size() > limits::kFilesPerBundle ? tooMany() : Result<void>();
  }

  static tl::unexpected<Error> tooMany() {
    return fail(ErrorCode::kTooLarge,
                "the package would have more than " + std::to_string(limits::kFilesPerBundle) + " files",
                "Name fewer folders with --file");
  }

  const PackRequest& m_request;
  std::vector<fs::path> m_libraries;
  PackPlan m_plan;
  std::string m_platform;
  std::set<fs::path> m_folders;  // those we are inside of
};

}  // namespace

Result<PackPlan> planPackage(const PackRequest& request) { return PackPlanner(request).run(); }

}  // namespace hearth::cli
