// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/blob_cache.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/files.h"
#include "certs/sha256.h"

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

/// Writes what arrives to the partial file and computes its digest along the way.
class PartialFile : public ServerLink::Sink {
 public:
  PartialFile(fs::path file, std::uint64_t size) : m_file(std::move(file)), m_size(size) {}

  /// Opens it and takes in what is there. Returns the offset from which to go on.
  Result<std::uint64_t> open() {
    m_descriptor = UniqueFd(::open(m_file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!m_descriptor) return fail(fileError("cannot make", m_file));
    const auto buffer = std::make_unique<std::byte[]>(kPiece);
    while (m_offset <= m_size) {
      const ssize_t got = ::pread(*m_descriptor, buffer.get(), kPiece, static_cast<off_t>(m_offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      m_hash.update(std::span(buffer.get(), static_cast<std::size_t>(got)));
      m_offset += static_cast<std::uint64_t>(got);
    }
    if (m_offset > m_size) HEARTH_TRY(begin(0));
    return m_offset;
  }

  Result<void> begin(std::uint64_t offset) override {
    if (offset == m_offset) return {};
    if (offset != 0) return fail(ErrorCode::kIntegrity, "the server sent another part of a file than was asked for");
    m_hash = certs::Sha256();
    m_offset = 0;
    if (::ftruncate(*m_descriptor, 0) != 0) return fail(fileError("cannot empty", m_file));
    return {};
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    if (bytes.size() > m_size - m_offset) {
      return fail(ErrorCode::kIntegrity, "the server sent more bytes than the file has");
    }
    m_hash.update(bytes);
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(*m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(m_offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return fail(fileError("cannot write", m_file));
      m_offset += static_cast<std::uint64_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  bool complete() const { return m_offset == m_size; }
  Digest digest() { return m_hash.finish(); }
  Result<void> seal() {
    if (::fchmod(*m_descriptor, 0444) != 0 || ::fsync(*m_descriptor) != 0) {
      return fail(fileError("cannot sync", m_file));
    }
    return {};
  }

 private:
  static constexpr std::size_t kPiece = 1 << 16;
  fs::path m_file;
  std::uint64_t m_size;
  std::uint64_t m_offset = 0;
  UniqueFd m_descriptor;
  certs::Sha256 m_hash;
};

bool hasOtherName(const fs::path& file) {
  struct stat facts {};
  return ::lstat(file.c_str(), &facts) == 0 && facts.st_nlink > 1;
}

}  // namespace

BlobCache::Pin::~Pin() {
  if (m_cache != nullptr) m_cache->unpin(m_digest);
}

BlobCache::BlobCache(fs::path folder, CacheOptions options) : m_folder(std::move(folder)), m_options(options) {}

Result<std::unique_ptr<BlobCache>> BlobCache::open(const fs::path& folder, CacheOptions options) {
  HEARTH_TRY(makeFolder(folder, 0700));
  HEARTH_TRY(makeFolder(folder / "partial", 0700));
  std::unique_ptr<BlobCache> cache(new BlobCache(folder, options));
  HEARTH_TRY(cache->scan());
  return cache;
}

/// What is there, in the order in which it was last written: the order of use is not kept.
Result<void> BlobCache::scan() {
  struct Found {
    fs::file_time_type time;
    Digest digest;
    std::uint64_t size;
  };
  std::vector<Found> found;
  std::error_code error;
  for (fs::directory_iterator shards(m_folder, error), end; !error && shards != end; shards.increment(error)) {
    if (shards->path().filename() == "partial" || !shards->is_directory()) continue;
    std::error_code inner;
    for (fs::directory_iterator files(shards->path(), inner); !inner && files != end; files.increment(inner)) {
      const auto digest = Digest::parse(files->path().filename().string());
      std::error_code gone;
      if (digest) found.push_back({files->last_write_time(gone), *digest, files->file_size(gone)});
    }
  }
  if (error) return fail(ErrorCode::kIo, "cannot read " + m_folder.string() + ": " + error.message());
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.time < b.time; });
  for (const Found& each : found) {
    m_entries[each.digest] = {each.size, ++m_uses, 0, false};
    m_bytes += each.size;
  }
  return {};
}

fs::path BlobCache::pathOf(const Digest& digest) const {
  const std::string hex = digest.hex();
  return m_folder / hex.substr(0, 2) / hex;
}

fs::path BlobCache::partialOf(const Digest& digest) const { return m_folder / "partial" / digest.hex(); }

std::uint64_t BlobCache::bytes() const {
  const std::lock_guard lock(m_mutex);
  return m_bytes;
}

Result<BlobCache::Pin> BlobCache::fetch(AttemptId attempt, const Digest& digest, std::uint64_t size, ServerLink& link,
                                        const std::atomic<bool>& cancelled) {
  std::unique_lock lock(m_mutex);
  m_settled.wait(lock, [&] { return !m_busy.contains(digest); });
  const auto known = m_entries.find(digest);
  const bool present = known != m_entries.end();
  if (present && known->second.checked && known->second.size == size) {
    ++known->second.pins;
    known->second.lastUse = ++m_uses;
    return Pin(this, digest);
  }
  m_busy.insert(digest);
  lock.unlock();

  // Nobody else touches this blob now.
  Result<void> done;
  const bool intact = present && isIntact(digest, size);
  if (!intact) done = download(attempt, digest, size, link, cancelled);

  lock.lock();
  m_busy.erase(digest);
  m_settled.notify_all();
  Entry& entry = m_entries[digest];
  if (!done) {
    m_bytes -= entry.size;
    m_entries.erase(digest);
    return fail(std::move(done).error());
  }
  m_bytes += size - entry.size;
  entry.size = size;
  entry.checked = true;
  entry.lastUse = ++m_uses;
  ++entry.pins;
  return Pin(this, digest);
}

bool BlobCache::isIntact(const Digest& digest, std::uint64_t size) {
  const fs::path file = pathOf(digest);
  std::error_code error;
  if (fs::file_size(file, error) == size && !error) {
    const auto found = certs::sha256File(file);
    if (found && *found == digest) return true;
  }
  ::unlink(file.c_str());
  return false;
}

Result<void> BlobCache::download(AttemptId attempt, const Digest& digest, std::uint64_t size, ServerLink& link,
                                 const std::atomic<bool>& cancelled) {
  if (size > limits::kBlobBytes) return fail(ErrorCode::kTooLarge, "blob " + digest.hex() + " is over the limit");
  const fs::path partial = partialOf(digest);
  bool resumed = false;
  for (int round = 0; round < 2; ++round) {
    PartialFile file(partial, size);
    const auto offset = file.open();
    if (!offset) return fail(offset.error());
    HEARTH_TRY(makeRoom(size - *offset));
    resumed = *offset > 0;
    if (!file.complete() || size == 0) {
      auto done = link.download(attempt, digest, *offset, file, cancelled);
      const bool beyond = !done && done.error().code == ErrorCode::kInvalid && resumed;
      if (!done && !beyond) {
        if (done.error().code == ErrorCode::kIntegrity) ::unlink(partial.c_str());
        return done;
      }
    }
    if (!file.complete() && !resumed) {
      return fail(ErrorCode::kUnavailable, "the server sent less of blob " + digest.hex() + " than it has",
                  "It is tried again by itself.");
    }
    if (file.complete() && file.digest() == digest) {
      HEARTH_TRY(file.seal());
      return install(digest);
    }
    ::unlink(partial.c_str());
    if (!resumed) break;  // what lay there may have been the wrong part: once more, from the start
  }
  return fail(ErrorCode::kIntegrity, "the server sent a file whose digest is not " + digest.hex(),
              "The project's operator must find out why; nothing of it was run.");
}

Result<void> BlobCache::install(const Digest& digest) {
  const fs::path file = pathOf(digest);
  HEARTH_TRY(makeFolder(file.parent_path(), 0700));
  if (::rename(partialOf(digest).c_str(), file.c_str()) != 0) return fail(fileError("cannot rename", file));
  return syncFolder(file.parent_path());
}

Result<void> BlobCache::makeRoom(std::uint64_t size) {
  const std::lock_guard lock(m_mutex);
  while (m_bytes + size > m_options.mostBytes && evictOne()) {
  }
  for (;;) {
    const auto free = freeDisk(m_folder);
    if (!free) return fail(free.error());
    if (*free >= size + m_options.keepFree) return {};
    if (evictOne()) continue;
    return fail(ErrorCode::kExhausted,
                "the disk of " + m_folder.string() + " is full: " + std::to_string(*free / limits::kMiB) +
                    " MiB are free, " + std::to_string((size + m_options.keepFree) / limits::kMiB) + " MiB are needed",
                "Free some space; work goes on by itself.");
  }
}

/// The lock is held.
bool BlobCache::evictOne() {
  auto oldest = m_entries.end();
  for (auto each = m_entries.begin(); each != m_entries.end(); ++each) {
    if (each->second.pins > 0 || m_busy.contains(each->first)) continue;
    if (oldest != m_entries.end() && each->second.lastUse > oldest->second.lastUse) continue;
    if (hasOtherName(pathOf(each->first))) continue;  // a package has it: removing our name frees nothing
    oldest = each;
  }
  if (oldest == m_entries.end()) return false;
  ::unlink(pathOf(oldest->first).c_str());
  m_bytes -= oldest->second.size;
  m_entries.erase(oldest);
  return true;
}

void BlobCache::unpin(const Digest& digest) {
  const std::lock_guard lock(m_mutex);
  const auto entry = m_entries.find(digest);
  if (entry != m_entries.end() && entry->second.pins > 0) --entry->second.pins;
}

}  // namespace hearth::agent
