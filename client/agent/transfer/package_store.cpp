// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/package_store.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/files.h"
#include "base/limits.h"
#include "certs/signing.h"
#include "model/template.h"
#include "sandbox/executor.h"
#include "wire/package_json.h"

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kManifestBytes = 64 * limits::kMiB;

/// The folders above a file of the package.
Result<void> makeParents(const fs::path& root, const fs::path& relative) {
  fs::path folder = root;
  for (const fs::path& part : relative.parent_path()) {
    folder /= part;
    HEARTH_TRY(makeFolder(folder, 0755));
  }
  return {};
}

/// A file of the cache under a second name; a copy where links cannot be made, and for what is executable, since that
/// belongs to the file, not to its name, and another package may have the same bytes as data.
Result<void> place(const fs::path& blob, const fs::path& to, bool executable) {
  if (executable) return copyFile(blob, to, 0555);
  if (::link(blob.c_str(), to.c_str()) == 0) return {};
  if (errno == EEXIST) return fail(ErrorCode::kInvalid, "the package has two files named " + to.filename().string());
  return copyFile(blob, to, 0444);
}

Result<Package> readManifest(const fs::path& file, std::uint64_t size) {
  auto text = readSmallFile(file, size);
  if (!text) return fail(std::move(text).error());
  return wire::parsePackage(*text);
}

/// Leaves of a package what this platform needs: of a WebAssembly one, the files and programs of one build.
Result<void> keepPlatform(Package& package, const std::string& platform) {
  if (package.runtime != Runtime::kWasm) {
    if (package.platform == platform) return {};
    return fail(ErrorCode::kUnsupported, "the package is for " + package.platform + ", this host is " + platform);
  }
  const auto build = std::find_if(package.builds.begin(), package.builds.end(),
                                  [&](const PackageBuild& each) { return each.platform == platform; });
  if (build == package.builds.end()) {
    return fail(ErrorCode::kUnsupported, "the package has no build for " + platform,
                "It is published again where the compiler for that platform is installed");
  }
  package.programs = build->programs;
  std::erase_if(package.files, [&](const FileRef& file) { return !file.path.starts_with(platform + "/"); });
  return {};
}

}  // namespace

PackageStore::PackageStore(fs::path folder, std::unique_ptr<image::ImageStore> images, PublicKeyText root)
    : m_folder(std::move(folder)), m_images(std::move(images)), m_root(std::move(root)) {}

Result<std::unique_ptr<PackageStore>> PackageStore::open(const fs::path& folder, const fs::path& images,
                                                         PublicKeyText root) {
  HEARTH_TRY(sandbox::removeWork(folder));
  HEARTH_TRY(makeFolder(folder, 0711));  // a task's root must be reached by the user it runs as
  auto store = image::ImageStore::open(images);
  if (!store) return fail(std::move(store).error());
  return std::unique_ptr<PackageStore>(new PackageStore(folder, std::move(*store), std::move(root)));
}

Result<std::shared_ptr<const PackageStore::Ready>> PackageStore::prepare(AttemptId attempt, const wire::Job& job,
                                                                         const std::string& platform, Instant now,
                                                                         BlobCache& cache, ServerLink& link,
                                                                         const std::atomic<bool>& cancelled) {
  // Each time: an approval may have expired, and another batch may use the package without a good signature.
  auto trusted = certs::verifyPackage(job.package, job.signature, m_root, now);
  if (!trusted) {
    Error error = std::move(trusted).error().within("package " + job.package.hex() + " is not trusted");
    error.code = ErrorCode::kIntegrity;
    return fail(std::move(error));
  }
  std::unique_lock lock(m_mutex);
  m_settled.wait(lock, [&] { return !m_busy.contains(job.package); });
  if (const auto known = m_ready.find(job.package); known != m_ready.end()) return known->second;
  dropUnused();
  m_busy.insert(job.package);
  lock.unlock();
  auto built = build(attempt, job, platform, cache, link, cancelled);
  lock.lock();
  m_busy.erase(job.package);
  m_settled.notify_all();
  if (built && !(*built)->image) m_ready[job.package] = *built;  // the store of images keeps those, and fewer of them
  return built;
}

Result<std::shared_ptr<const PackageStore::Ready>> PackageStore::build(AttemptId attempt, const wire::Job& job,
                                                                       const std::string& platform, BlobCache& cache,
                                                                       ServerLink& link,
                                                                       const std::atomic<bool>& cancelled) {
  if (job.packageSize > kManifestBytes) return fail(ErrorCode::kTooLarge, "the package's manifest is too large");
  auto manifest = cache.fetch(attempt, job.package, job.packageSize, link, cancelled);
  if (!manifest) return fail(std::move(manifest).error());
  auto package = readManifest(manifest->file(), job.packageSize);
  if (!package) return fail(std::move(package).error().within("the package's manifest"));
  HEARTH_TRY(keepPlatform(*package, platform));
  if (package->runtime == Runtime::kOci) return unpackImage(attempt, *package, cache, link, cancelled);
  const fs::path folder = m_folder / job.package.hex();
  HEARTH_TRY(sandbox::removeWork(folder));
  HEARTH_TRY(makeFolder(folder, 0755));
  for (const FileRef& file : package->files) {
    HEARTH_TRY(checkRelativePath(file.path));
    auto blob = cache.fetch(attempt, file.digest, file.size, link, cancelled);
    if (!blob) return fail(std::move(blob).error().within("file " + file.path + " of the package"));
    HEARTH_TRY(makeParents(folder, file.path));
    HEARTH_TRY(place(blob->file(), folder / file.path, file.executable));
  }
  auto ready = std::make_shared<Ready>();
  ready->root = folder;
  for (const auto& [program, path] : package->programs) ready->programs[program] = path;
  return std::shared_ptr<const Ready>(std::move(ready));
}

Result<std::shared_ptr<const PackageStore::Ready>> PackageStore::unpackImage(AttemptId attempt, const Package& package,
                                                                             BlobCache& cache, ServerLink& link,
                                                                             const std::atomic<bool>& cancelled) {
  if (package.files.size() != 1) {
    return fail(ErrorCode::kInvalid,
                "an image package holds one file, this one " + std::to_string(package.files.size()),
                "Make it with `hearth pack --image FILE.tar`.");
  }
  const FileRef& file = package.files.front();
  auto ready = std::make_shared<Ready>();
  ready->image = m_images->find(file.digest);
  if (ready->image == nullptr) {
    auto archive = cache.fetch(attempt, file.digest, file.size, link, cancelled);
    if (!archive) return fail(std::move(archive).error().within("the package's image " + file.path));
    auto unpacked = m_images->take(file.digest, archive->file(), package.platform);
    if (!unpacked) return fail(std::move(unpacked).error().within("the package's image " + file.path));
    ready->image = std::move(*unpacked);
  }
  ready->root = ready->image->root;
  return std::shared_ptr<const Ready>(std::move(ready));
}

/// The lock is held.
void PackageStore::dropUnused() {
  std::size_t unused = 0;
  for (const auto& [digest, ready] : m_ready) unused += ready.use_count() == 1;
  for (auto each = m_ready.begin(); each != m_ready.end() && unused >= kUnused;) {
    if (each->second.use_count() > 1) {
      ++each;
      continue;
    }
    (void)sandbox::removeWork(each->second->root);  // what cannot be removed now is swept at the next start
    each = m_ready.erase(each);
    --unused;
  }
}

}  // namespace hearth::agent
