// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/known_blobs.h"

namespace hearth::server {

std::optional<std::uint64_t> KnownBlobs::find(const Digest& digest) const {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  const auto found = part.sizes.find(digest);
  if (found == part.sizes.end()) return std::nullopt;
  return found->second;
}

void KnownBlobs::add(const Digest& digest, std::uint64_t size) {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  if (part.sizes.size() >= kPerShard) part.sizes.clear();
  part.sizes.emplace(digest, size);
}

void KnownBlobs::forget(const Digest& digest) {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  part.sizes.erase(digest);
}

void KnownBlobs::beginNaming(const Digest& digest) {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  ++part.naming[digest];
}

void KnownBlobs::endNaming(const Digest& digest) {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  const auto found = part.naming.find(digest);
  if (found != part.naming.end() && --found->second == 0) part.naming.erase(found);
}

bool KnownBlobs::isBeingNamed(const Digest& digest) const {
  Shard& part = shard(digest);
  const std::lock_guard lock(part.mutex);
  return part.naming.contains(digest);
}

}  // namespace hearth::server
