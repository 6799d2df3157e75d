// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/packages.h"

#include <utility>

#include "base/limits.h"
#include "server/blob/blob_store.h"
#include "wire/package_json.h"

namespace hearth::server {

Result<Packages::Shared> Packages::find(const Digest& manifest) {
  if (auto known = m_known.find(manifest)) return std::move(*known);
  auto text = m_blobs.read(manifest, limits::kJsonBodyBytes);
  if (!text) return fail(std::move(text).error().within("the package's manifest " + manifest.hex()));
  auto package = wire::parsePackage(*text);
  if (!package) return fail(std::move(package).error().within("the package's manifest " + manifest.hex()));
  ReadPackage read{std::move(*package), {manifest}};
  for (const FileRef& file : read.package.files) read.digests.insert(file.digest);
  Shared shared = std::make_shared<const ReadPackage>(std::move(read));
  m_known.put(manifest, shared, shared->digests.size());
  return shared;
}

Result<bool> Packages::isPublished(const Digest& manifest) {
  auto known = publicBlobs();
  if (!known) return fail(std::move(known).error());
  return (*known)->manifests.contains(manifest);
}

Result<bool> Packages::isPublic(const Digest& blob) {
  auto known = publicBlobs();
  if (!known) return fail(std::move(known).error());
  return (*known)->blobs.contains(blob);
}

void Packages::published() {
  const std::lock_guard lock(m_mutex);
  m_public.reset();
  ++m_generation;
}

Result<std::shared_ptr<const Packages::Public>> Packages::publicBlobs() {
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(m_mutex);
    if (m_public) return m_public;
    generation = m_generation;
  }
  auto versions = m_read.appVersions();
  if (!versions) return fail(std::move(versions).error());
  Public found;
  for (const db::AppVersion& version : *versions) {
    auto package = find(version.package);
    if (!package) continue;  // its blobs are gone: nobody can use it, and others are not to suffer
    found.manifests.insert(version.package);
    found.blobs.insert((*package)->digests.begin(), (*package)->digests.end());
  }
  auto shared = std::make_shared<const Public>(std::move(found));
  const std::lock_guard lock(m_mutex);
  if (generation == m_generation) m_public = shared;
  return shared;
}

}  // namespace hearth::server
