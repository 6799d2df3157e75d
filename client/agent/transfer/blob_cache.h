// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>

#include "agent/transfer/server_link.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/result.h"

namespace hearth::agent {

struct CacheOptions {
  std::uint64_t mostBytes = 10 * limits::kGiB;  ///< files used longest ago go first
  std::uint64_t keepFree = 256 * limits::kMiB;  ///< of the disk, whatever the cache holds
};

/// Files that came from the server, each named by its digest, checked when they arrive and again at their first use
/// after a start. A download that broke off is resumed. Thread-safe; two threads that want the same blob fetch it once.
class BlobCache {
 public:
  /// Takes over what is in the folder.
  static Result<std::unique_ptr<BlobCache>> open(const std::filesystem::path& folder, CacheOptions options);

  /// A file that stays where it is as long as this lives. Must not outlive the cache.
  class Pin {
   public:
    Pin(Pin&& other) noexcept : m_cache(std::exchange(other.m_cache, nullptr)), m_digest(other.m_digest) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(m_cache, other.m_cache);
      std::swap(m_digest, other.m_digest);
      return *this;
    }
    ~Pin();
    std::filesystem::path file() const { return m_cache->pathOf(m_digest); }

   private:
    friend class BlobCache;
    Pin(BlobCache* cache, const Digest& digest) : m_cache(cache), m_digest(digest) {}
    BlobCache* m_cache;
    Digest m_digest;
  };

  /// The blob, from the cache or from the server as something that `attempt` needs. kIntegrity: what the server sent is
  /// not what the digest names; kExhausted: no room.
  Result<Pin> fetch(AttemptId attempt, const Digest& digest, std::uint64_t size, ServerLink& link,
                    const std::atomic<bool>& cancelled);

  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::uint64_t size = 0;
    std::uint64_t lastUse = 0;
    std::uint32_t pins = 0;
    bool checked = false;  ///< its digest was computed since the start
  };

  BlobCache(std::filesystem::path folder, CacheOptions options);
  Result<void> scan();
  std::filesystem::path pathOf(const Digest& digest) const;
  std::filesystem::path partialOf(const Digest& digest) const;
  bool isIntact(const Digest& digest, std::uint64_t size);
  Result<void> download(AttemptId attempt, const Digest& digest, std::uint64_t size, ServerLink& link,
                        const std::atomic<bool>& cancelled);
  Result<void> install(const Digest& digest);
  Result<void> makeRoom(std::uint64_t size);
  bool evictOne();
  void unpin(const Digest& digest);

  const std::filesystem::path m_folder;
  const CacheOptions m_options;
  mutable std::mutex m_mutex;  ///< guards what follows
  std::condition_variable m_settled;
  std::unordered_map<Digest, Entry> m_entries;
  std::set<Digest> m_busy;  ///< being checked or fetched by some thread
  std::uint64_t m_bytes = 0;
  std::uint64_t m_uses = 0;
};

}  // namespace hearth::agent
