// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/examples.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/suggest.h"
#include "server/api/draft_bundle.h"
#include "server/blob/blob_store.h"
#include "wire/manifest.h"
#include "wire/manifest_form.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifestName = "hearth.toml";
constexpr std::size_t kExamples = 100;
constexpr std::size_t kFiles = 10'000;
constexpr std::uint64_t kFileBytes = 256 * limits::kMiB;
constexpr std::string_view kOwnPackage = "package = \"package\"";

const BuiltInExample* builtIn(std::string_view name) {
  for (const BuiltInExample& example : builtInExamples()) {
    if (example.name == name) return &example;
  }
  return nullptr;
}

/// The names of the folders with a manifest, sorted.
std::vector<std::string> foldersOf(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(root, failed), end; !failed && at != end && names.size() < kExamples;
       at.increment(failed)) {
    std::error_code unreadable;
    if (fs::is_regular_file(at->path() / kManifestName, unreadable)) names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> addFile(ApiContext& context, const std::string& path, std::string_view bytes, bool isExecutable,
                     Example& example) {
  auto digest = context.deps.blobs.put(bytes);
  if (!digest) return fail(std::move(digest).error());
  example.files.push_back({path, *digest, bytes.size(), isExecutable});
  return {};
}

Result<Example> openFolder(ApiContext& context, const fs::path& folder) {
  Example example;
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, fs::directory_options::none, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    std::error_code unreadable;
    if (!at->is_regular_file(unreadable) || at->is_symlink(unreadable)) continue;
    if (example.files.size() >= kFiles || at->file_size(unreadable) > kFileBytes) {
      return fail(ErrorCode::kTooLarge, "The example in " + folder.string() + " is too large.", "Tell the admin.");
    }
    std::ifstream in(at->path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const std::string path = at->path().lexically_relative(folder).generic_string();
    if (path == kManifestName) {
      example.manifest = bytes;
      continue;
    }
    const bool isExecutable = (at->status(unreadable).permissions() & fs::perms::owner_exec) != fs::perms::none;
    HEARTH_TRY(addFile(context, path, bytes, isExecutable, example));
  }
  if (failed) return fail(ErrorCode::kIo, "The example cannot be read: " + failed.message(), "Tell the admin.");
  std::sort(example.files.begin(), example.files.end());
  return example;
}

Result<Example> openBuiltIn(ApiContext& context, const BuiltInExample& built) {
  Example example;
  for (const auto& [path, text] : built.files) {
    if (path != kManifestName) {
      HEARTH_TRY(addFile(context, std::string(path), text, false, example));
      continue;
    }
    example.manifest = text;
    const auto published = context.deps.read.appVersion(built.application, "");
    const std::size_t at = example.manifest.find(kOwnPackage);
    if (published && *published && at != std::string::npos) {
      const std::size_t end = std::min(example.manifest.find('\n', at), example.manifest.size());
      example.manifest.replace(at, end - at, "application = " + wire::tomlText(built.application));
    }
  }
  std::sort(example.files.begin(), example.files.end());
  return example;
}

/// The comment that a manifest begins with, without its licence.
std::string aboutOf(const std::string& manifest) {
  std::string about;
  std::size_t at = 0;
  while (at < manifest.size() && manifest[at] == '#') {
    const std::size_t end = std::min(manifest.find('\n', at), manifest.size());
    const std::string line = manifest.substr(at + 1, end - at - 1);
    if (line.find("SPDX") == std::string::npos) about += line.substr(about.empty() ? line.find_first_not_of(' ') : 0);
    at = end + 1;
  }
  return about;
}

}  // namespace

Result<Example> openExample(ApiContext& context, std::string_view name) {
  const std::vector<std::string> folders = foldersOf(context.options.examplesFolder);
  const auto folder = std::find(folders.begin(), folders.end(), name);
  if (folder != folders.end()) return openFolder(context, context.options.examplesFolder / *folder);
  if (const BuiltInExample* built = builtIn(name)) return openBuiltIn(context, *built);
  std::vector<std::string_view> known(folders.begin(), folders.end());
  for (const BuiltInExample& built : builtInExamples()) known.push_back(built.name);
  return fail(ErrorCode::kNotFound, "There is no example '" + std::string(name) + "'." + didYouMean(name, known),
              "List them: GET /api/v1/examples");
}

std::vector<ExampleView> listExamples(ApiContext& context) {
  std::vector<std::string> names = foldersOf(context.options.examplesFolder);
  for (const BuiltInExample& built : builtInExamples()) {
    if (std::find(names.begin(), names.end(), built.name) == names.end()) names.emplace_back(built.name);
  }
  std::vector<ExampleView> views;
  for (const std::string& name : names) {
    const auto example = openExample(context, name);
    if (!example) continue;
    const DraftBundle bundle = bundleOf(context, example->manifest, example->files);
    views.push_back({name, bundle.spec.name, aboutOf(example->manifest), bundle.problems.empty()});
  }
  return views;
}

}  // namespace hearth::server
