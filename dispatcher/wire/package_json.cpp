// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/package_json.h"

#include <algorithm>
#include <set>

#include "model/template.h"
#include "wire/model_json.h"

namespace hearth::wire {
namespace {

constexpr std::size_t kPrograms = 1024;
constexpr std::size_t kBuilds = 32;
using Programs = std::vector<std::pair<std::string, std::string>>;

/// Names and versions of packages stand in "name@version" and in URLs.
void checkWord(JsonReader& json, std::string_view member, const std::string& word) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._+-~:").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), good)) return;
  json.refuse(member, "must be letters, digits, '.', '_', '+', '-', '~' and ':'", "Rename it.");
}

/// `files` are sorted. No path twice, and none below a path that is a file.
void checkFiles(JsonReader& json, const std::vector<FileRef>& files) {
  std::set<std::string_view> paths;
  for (const FileRef& file : files) {
    if (!paths.insert(file.path).second) {
      json.refuse("files", "has '" + file.path + "' twice", "Keep one of them.");
      return;
    }
  }
  for (const FileRef& file : files) {
    const std::string_view path = file.path;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      if (paths.count(path.substr(0, slash)) == 0) continue;
      json.refuse("files", "has '" + std::string(path.substr(0, slash)) + "' both as a file and as a folder",
                  "Remove one of them.");
      return;
    }
  }
}

void checkPrograms(JsonReader& json, const Package& package, const Programs& programs) {
  for (const auto& [program, path] : programs) {
    if (auto checked = checkRelativePath(program); !checked) {
      json.refuse("programs", std::move(checked).error());
      return;
    }
    const auto file = std::lower_bound(package.files.begin(), package.files.end(), path,
                                       [](const FileRef& f, const std::string& wanted) { return f.path < wanted; });
    if (file != package.files.end() && file->path == path) continue;
    json.refuse("programs", "'" + program + "' is '" + path.substr(0, 200) + "', which is not among the files",
                "Add the file, or remove the program.");
    return;
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (programs[i].first == programs[j].first) json.refuse("programs", "has '" + programs[i].first + "' twice");
    }
  }
}

void writePrograms(JsonWriter& json, const Programs& programs) {
  json.key("programs").beginArray();
  for (const auto& [program, path] : programs)
    json.beginObject().member("name", program).member("path", path).endObject();
  json.endArray();
}

void readPrograms(JsonReader& json, Programs& programs) {
  json.objects("programs", kPrograms, [&](JsonReader& program) {
    std::string name = program.text("name", limits::kPathBytes);
    programs.emplace_back(std::move(name), program.text("path", limits::kPathBytes));
  });
}

/// A WebAssembly package has one build a platform, each with every program; no other has any.
void checkBuilds(JsonReader& json, const Package& package) {
  const bool isWasm = package.runtime == Runtime::kWasm;
  if (isWasm != (package.platform == kAnyPlatform)) {
    return json.refuse("platform", "must be 'any' for a WebAssembly package, and for no other");
  }
  if (isWasm == package.builds.empty()) {
    return json.refuse("builds", "belong to a WebAssembly package, and to no other", "Publish the module again.");
  }
  for (std::size_t i = 0; i < package.builds.size(); ++i) {
    const PackageBuild& build = package.builds[i];
    checkWord(json, "builds", build.platform);
    if (i > 0 && package.builds[i - 1].platform >= build.platform) json.refuse("builds", "must be sorted by platform");
    checkPrograms(json, package, build.programs);
    const bool complete =
        std::equal(build.programs.begin(), build.programs.end(), package.programs.begin(), package.programs.end(),
                   [](const auto& a, const auto& b) { return a.first == b.first; });
    if (!complete) json.refuse("builds", "do not each hold the package's programs, in their order");
    for (const auto& [program, path] : build.programs) {
      if (!path.starts_with(build.platform + "/")) {
        json.refuse("builds", "'" + program + "' does not lie below the folder '" + build.platform + "'");
      }
    }
  }
}

bool byPath(const FileRef& a, const FileRef& b) { return a.path < b.path; }

}  // namespace

std::string toJson(const Package& package) {
  std::vector<FileRef> files = package.files;
  std::sort(files.begin(), files.end(), byPath);
  JsonWriter json(1024 + 160 * files.size());
  json.beginObject()
      .member("name", package.name)
      .member("version", package.version)
      .member("platform", package.platform);
  if (package.runtime != Runtime::kNative) json.member("runtime", runtimeName(package.runtime));
  writePrograms(json, package.programs);
  if (!package.builds.empty()) {
    json.key("builds").beginArray();
    for (const PackageBuild& build : package.builds) {
      json.beginObject().member("platform", build.platform);
      writePrograms(json, build.programs);
      json.endObject();
    }
    json.endArray();
  }
  writeArray(json, "files", files);
  return json.endObject().take();
}

Result<Package> parsePackage(std::string_view text) {
  return readJson<Package>(text, [](JsonReader& json, Package& package) {
    package.name = json.text("name");
    package.version = json.text("version");
    package.platform = json.text("platform");
    package.runtime = json.wordOr("runtime", Runtime::kNative, parseRuntime);
    readPrograms(json, package.programs);
    json.objects("builds", kBuilds, [&](JsonReader& inner) {
      PackageBuild& build = package.builds.emplace_back();
      build.platform = inner.text("platform");
      readPrograms(inner, build.programs);
    });
    readArray(json, "files", limits::kFilesPerBundle, package.files);
    if (json.failed()) return;
    checkWord(json, "name", package.name);
    checkWord(json, "version", package.version);
    checkWord(json, "platform", package.platform);
    if (package.files.empty()) json.refuse("files", "is empty", "A package has at least one file.");
    std::sort(package.files.begin(), package.files.end(), byPath);
    checkFiles(json, package.files);
    checkPrograms(json, package, package.programs);
    checkBuilds(json, package);
  });
}

std::string toJson(const PackageSignature& signature) {
  JsonWriter json;
  writeValue(json, signature);
  return json.take();
}

Result<PackageSignature> parsePackageSignature(std::string_view text) {
  return readJson<PackageSignature>(
      text, [](JsonReader& json, PackageSignature& signature) { readMembers(json, signature); });
}

std::string toJson(const KeyApproval& approval) {
  JsonWriter json;
  writeValue(json, approval);
  return json.take();
}

Result<KeyApproval> parseKeyApproval(std::string_view text) {
  return readJson<KeyApproval>(text, [](JsonReader& json, KeyApproval& approval) { readMembers(json, approval); });
}

}  // namespace hearth::wire
