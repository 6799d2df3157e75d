// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/pack.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "certs/sha256.h"
#include "cli/files.h"
#include "model/template.h"
#include "wire/package_json.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackageFile = "package.json";

/// Copies one file to its place and says what it became. Only whether it may be executed is kept of its mode.
Result<FileRef> copyIntoPackage(const fs::path& source, const std::string& path, const fs::path& root) {
  HEARTH_TRY(checkRelativePath(path));
  const fs::path target = root / path;
  HEARTH_TRY(makeFolders(target.parent_path()));
  std::error_code failed;
  fs::copy_file(source, target, failed);
  if (failed) {
    return fail(failed == std::errc::no_space_on_device ? ErrorCode::kExhausted : ErrorCode::kIo,
                "cannot copy " + source.string() + ": " + failed.message(),
                "Check that you may read it, and the free space");
  }
  const bool isExecutable = (fs::status(source, failed).permissions() & fs::perms::owner_exec) != fs::perms::none;
  ::chmod(target.c_str(), isExecutable ? 0755 : 0644);
  auto digest = certs::sha256File(target);
  if (!digest) return fail(std::move(digest).error());
  return FileRef{path, *digest, fs::file_size(target, failed), isExecutable};
}

/// Puts a finished folder where it belongs: an earlier package there gives way, anything else does not.
Result<void> moveIntoPlace(TemporaryFolder made, const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(fs::symlink_status(folder, failed))) {
    const bool isPackage = fs::is_regular_file(folder / kPackageFile, failed);
    if (!isPackage && !(fs::is_directory(folder, failed) && fs::is_empty(folder, failed))) {
      return fail(ErrorCode::kConflict, folder.string() + " is there already and is not a package",
                  "Choose another folder with -o");
    }
    fs::remove_all(folder, failed);
  }
  fs::rename(made.path(), folder, failed);
  if (failed)
    return fail(ErrorCode::kIo, "cannot write " + folder.string() + ": " + failed.message(),
                "Name another folder with -o, or check who owns this one and its disk");
  ::chmod(folder.c_str(), 0755);
  made.release();
  return {};
}

}  // namespace

Result<PackedPackage> pack(const PackRequest& request) {
  auto plan = request.image.empty() ? planPackage(request) : planImagePackage(request);
  if (!plan) return fail(std::move(plan).error());
  return writePackage(*std::move(plan), request.folder);
}

Result<PackedPackage> writePackage(PackPlan plan, const fs::path& wanted) {
  Package& package = plan.package;
  fs::path folder = wanted.empty() ? fs::path(package.name + "-" + package.version) : wanted;
  folder = fs::absolute(folder).lexically_normal();
  if (folder.filename().empty()) folder = folder.parent_path();
  HEARTH_TRY(makeFolders(folder.parent_path()));
  auto building = TemporaryFolder::make(folder.parent_path(), ".hearth-pack-");
  if (!building) return fail(std::move(building).error());
  for (const auto& [path, source] : plan.files) {
    if (path == kPackageFile) {
      return fail(ErrorCode::kConflict, "/package.json cannot be packed: the package's own list has that name",
                  "Leave the file out");
    }
    auto file = copyIntoPackage(source, path, building->path());
    if (!file) return fail(std::move(file).error());
    package.files.push_back(*std::move(file));
  }
  const std::string json = wire::toJson(package);
  auto checked = wire::parsePackage(json);  // what the server will say, now
  if (!checked) return fail(std::move(checked).error());
  HEARTH_TRY(writeTextFile(building->path() / kPackageFile, json));
  HEARTH_TRY(moveIntoPlace(*std::move(building), folder));
  return PackedPackage{folder, *std::move(checked), certs::sha256(json), std::move(plan.warnings)};
}

Result<PackedPackage> readPackage(const fs::path& folder) {
  auto json = readTextFile(folder / kPackageFile, limits::kJsonBodyBytes);
  if (!json) {
    return fail(json.error().code, folder.string() + " is not a package: " + json.error().message,
                "Make it with `hearth pack`");
  }
  auto package = wire::parsePackage(*json);
  if (!package) return fail(std::move(package).error().within((folder / kPackageFile).string()));
  for (const FileRef& file : package->files) {
    auto digest = certs::sha256File(folder / file.path);
    if (!digest) return fail(std::move(digest).error());
    if (*digest != file.digest) {
      return fail(ErrorCode::kIntegrity, (folder / file.path).string() + " is not the file that was packed",
                  "Run `hearth pack` again");
    }
  }
  return PackedPackage{folder, *std::move(package), certs::sha256(*json), {}};
}

}  // namespace hearth::cli
