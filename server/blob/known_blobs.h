// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/digest.h"

namespace hearth::server {

/// Which blobs are known to be complete and durable, so that the many questions about the same few digests cost no
/// system call; and which are being named right now: their file can be seen, but a power loss could still take it away.
/// Bounded; any thread may call.
class KnownBlobs {
 public:
  std::optional<std::uint64_t> find(const Digest& digest) const;
  void add(const Digest& digest, std::uint64_t size);
  void forget(const Digest& digest);

  void beginNaming(const Digest& digest);
  void endNaming(const Digest& digest);
  bool isBeingNamed(const Digest& digest) const;

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kPerShard = 16'384;  // some 1.5 MB a shard; a full one starts again from empty
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Digest, std::uint64_t> sizes;  ///< guarded by mutex
    std::unordered_map<Digest, unsigned> naming;      ///< guarded by mutex
  };
  Shard& shard(const Digest& digest) const { return m_shards[digest.bytes[31] % kShards]; }

  mutable std::array<Shard, kShards> m_shards;
};

}  // namespace hearth::server
