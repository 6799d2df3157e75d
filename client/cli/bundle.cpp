// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bundle.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "base/limits.h"
#include "certs/sha256.h"
#include "cli/archive.h"
#include "model/template.h"
#include "wire/batch_json.h"
#include "wire/manifest.h"
#include "wire/package_json.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifestName = "hearth.toml";
constexpr std::uint64_t kManifestBytes = 4 * limits::kMiB;

/// The manifest of a folder, or of the only folder in it (archives often hold one).
Result<fs::path> manifestIn(const fs::path& folder) {
  std::error_code failed;
  if (fs::is_regular_file(folder / kManifestName, failed)) return folder / kManifestName;
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end && folders.size() < 2;
       it.increment(failed)) {
    if (it->is_directory(failed)) folders.push_back(it->path());
  }
  if (folders.size() == 1 && fs::is_regular_file(folders[0] / kManifestName, failed)) return folders[0] / kManifestName;
  return fail(ErrorCode::kNotFound, "no hearth.toml in " + folder.string(),
              "Name the bundle's folder, its hearth.toml or an archive of it");
}

Result<fs::path> findManifest(const fs::path& named, Bundle& bundle) {
  std::error_code failed;
  if (fs::is_directory(named, failed)) return manifestIn(named);
  if (!fs::is_regular_file(named, failed)) {
    return fail(ErrorCode::kNotFound, named.string() + " does not exist",
                "Name the bundle's folder, its hearth.toml or an archive of it");
  }
  if (!isArchiveName(named)) return named;
  auto folder = TemporaryFolder::make();
  if (!folder) return fail(std::move(folder).error());
  HEARTH_TRY(unpackArchive(named, folder->path()));
  bundle.unpacked = *std::move(folder);
  return manifestIn(bundle.unpacked->path());
}

void keepFirstOfEach(std::vector<BlobSource>& blobs) {
  std::set<Digest> seen;
  std::erase_if(blobs, [&seen](const BlobSource& blob) { return !seen.insert(blob.digest).second; });
}

/// A path that the manifest names, which must stay inside the bundle however it is reached.
Result<fs::path> insidePath(const fs::path& folder, const std::string& path, const std::string& what) {
  if (auto checked = checkRelativePath(path); !checked) {
    return fail(ErrorCode::kInvalid,
                what + ": '" + path + "' is not a path inside the bundle: " + checked.error().message,
                "Name it relative to the manifest, without '..'");
  }
  std::error_code failed;
  const fs::path root = fs::canonical(folder, failed);
  const fs::path target = fs::canonical(folder / path, failed);
  if (failed)
    return fail(ErrorCode::kNotFound, what + ": there is no '" + path + "' in the bundle",
                "Paths are relative to the manifest");
  if (std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first != root.end()) {
    return fail(ErrorCode::kInvalid, what + ": '" + path + "' is a link that leads out of the bundle",
                "Put a copy in its place");
  }
  return target;
}

Result<void> addFiles(const fs::path& folder, const std::vector<std::string>& patterns, Bundle& bundle) {
  auto paths = expandPatterns(folder, patterns);
  if (!paths) return fail(std::move(paths).error());
  for (const std::string& path : *paths) {
    HEARTH_TRY(checkRelativePath(path));
    const fs::path file = folder / path;
    auto digest = certs::sha256File(file);
    if (!digest) return fail(std::move(digest).error());
    std::error_code failed;
    const std::uint64_t size = fs::file_size(file, failed);
    if (size > limits::kBlobBytes) return fail(ErrorCode::kTooLarge, path + " is larger than 64 GiB", "Split it");
    const bool isExecutable = (fs::status(file, failed).permissions() & fs::perms::owner_exec) != fs::perms::none;
    bundle.spec.files.push_back({path, *digest, size, isExecutable});
    bundle.blobs.push_back({*digest, size, file});
  }
  return {};
}

Result<void> addPackage(const fs::path& folder, Bundle& bundle) {
  auto package = readPackage(folder);
  if (!package) return fail(std::move(package).error());
  std::vector<BlobSource> blobs = blobsOfPackage(*package);
  std::move(blobs.begin(), blobs.end(), std::back_inserter(bundle.blobs));
  bundle.spec.package = package->digest;
  bundle.spec.requirements.runtime = package->package.runtime;
  const auto& programs = package->package.programs;
  const auto& command = bundle.spec.command;
  const bool isKnown =
      command.empty() || package->package.runtime == Runtime::kOci ||
      std::any_of(programs.begin(), programs.end(), [&](const auto& p) { return p.first == command.front(); });
  if (!isKnown) {
    std::string names;
    for (const auto& program : programs) names += (names.empty() ? "" : ", ") + program.first;
    return fail(ErrorCode::kInvalid, "command: the package has no program '" + command.front() + "'",
                "It has: " + names);
  }
  bundle.package = *std::move(package);
  return {};
}

std::string shellQuoted(const std::string& word) {
  const bool isPlain =
      !word.empty() &&
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^") ==
          std::string::npos;
  if (isPlain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// One line of the list, by its number from 0 after the heading.
Result<Parameters> listParameters(const Bundle& bundle, TaskIndex index) {
  std::ifstream in(bundle.listFile, std::ios::binary);
  std::string line;
  for (TaskIndex skipped = 0; skipped <= index + 1; ++skipped) {
    if (!std::getline(in, line))
      return fail(ErrorCode::kNotFound, "the list has no line for task " + std::to_string(index));
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return parametersOfLine(*bundle.spec.sweep.list, index, line);
}

}  // namespace

std::vector<BlobSource> blobsOfPackage(const PackedPackage& package) {
  std::vector<BlobSource> blobs;
  for (const FileRef& file : package.package.files)
    blobs.push_back({file.digest, file.size, package.folder / file.path});
  std::error_code failed;
  const fs::path list = package.folder / "package.json";
  blobs.push_back({package.digest, fs::file_size(list, failed), list});
  keepFirstOfEach(blobs);
  return blobs;
}

Result<ListFile> readListFile(const fs::path& file) {
  ListFile list;
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return fail(ErrorCode::kInvalid, file.string() + " is empty",
                "Its first line names the columns, each further line is one task");
  }
  if (line.rfind("\xEF\xBB\xBF", 0) == 0) line.erase(0, 3);  // a byte order mark
  if (!line.empty() && line.back() == '\r') line.pop_back();
  auto columns = splitCsvLine(line);
  if (!columns) return fail(std::move(columns).error().within(file.string()));
  list.columns = *std::move(columns);
  std::uint64_t blank = 0;  // at the end of the file they do not count
  while (std::getline(in, line)) {
    const auto place = [&] { return file.string() + ": line " + std::to_string(list.lines + blank + 2); };
    if (line.size() > limits::kListLineBytes) {
      return fail(ErrorCode::kTooLarge, place() + " is longer than 64 KiB", "Put long values into files of the bundle");
    }
    if (line.empty() || line == "\r") {
      ++blank;
      continue;
    }
    if (blank > 0)
      return fail(ErrorCode::kInvalid, place() + " comes after a blank line",
                  "Remove blank lines: each line is one task");
    ++list.lines;
  }
  auto digest = certs::sha256File(file);
  if (!digest) return fail(std::move(digest).error());
  list.digest = *digest;
  std::error_code failed;
  list.size = fs::file_size(file, failed);
  return list;
}

Result<Bundle> readBundle(const fs::path& manifestFolderOrArchive) {
  Bundle bundle;
  auto file = findManifest(manifestFolderOrArchive, bundle);
  if (!file) return fail(std::move(file).error());
  auto text = readTextFile(*file, kManifestBytes);
  if (!text) return fail(std::move(text).error());
  auto manifest = wire::parseManifest(*text);
  if (!manifest) return fail(std::move(manifest).error().within(file->filename().string()));
  bundle.spec = std::move(manifest->spec);
  const fs::path folder = fs::absolute(*file).parent_path();
  HEARTH_TRY(addFiles(folder, manifest->filePatterns, bundle));
  if (!manifest->packagePath.empty()) {
    auto package = insidePath(folder, manifest->packagePath, "package");
    if (!package) {
      Error error = std::move(package).error();
      if (error.code == ErrorCode::kNotFound) error.hint = "Make it with `hearth pack`; the examples' prepare.sh does";
      return fail(std::move(error));
    }
    HEARTH_TRY(addPackage(*package, bundle));
  }
  if (!manifest->listPath.empty()) {
    auto listFile = insidePath(folder, manifest->listPath, "list");
    if (!listFile) return fail(std::move(listFile).error());
    bundle.listFile = *listFile;
    auto list = readListFile(bundle.listFile);
    if (!list) return fail(std::move(list).error());
    bundle.blobs.push_back({list->digest, list->size, bundle.listFile});
    bundle.spec.sweep.list = *std::move(list);
  }
  auto tasks = wire::checkBatchSpec(bundle.spec);
  if (!tasks) return fail(std::move(tasks).error().within(file->filename().string()));
  bundle.tasks = *tasks;
  keepFirstOfEach(bundle.blobs);
  return bundle;
}

Result<std::string> expandedCommand(const Bundle& bundle, TaskIndex index) {
  auto parameters = bundle.spec.sweep.list ? listParameters(bundle, index)
                                           : Result<Parameters>(parametersAt(bundle.spec.sweep, index));
  if (!parameters) return fail(std::move(parameters).error());
  std::string line;
  for (const std::string& word : bundle.spec.command) {
    auto expanded = expandTemplate(word, *parameters);
    if (!expanded) return fail(std::move(expanded).error());
    line += (line.empty() ? "" : " ") + shellQuoted(*expanded);
  }
  for (const auto& [rule, sign] :
       {std::pair(bundle.spec.standardInput, " < "), std::pair(bundle.spec.standardOutput, " > ")}) {
    if (rule.empty()) continue;
    auto expanded = expandTemplate(rule, *parameters);
    if (!expanded) return fail(std::move(expanded).error());
    line += sign + shellQuoted(*expanded);
  }
  const auto varies = [](const InputRule& rule) { return hasParameters(rule.from) || hasParameters(rule.to); };
  if (std::none_of(bundle.spec.inputs.begin(), bundle.spec.inputs.end(), varies)) return line;
  line += "  #";  // the command alone does not tell such tasks apart
  for (const auto& [name, value] : *parameters) {
    if (name != "index") line += " " + name + "=" + shellQuoted(value);
  }
  return line;
}

}  // namespace hearth::cli
