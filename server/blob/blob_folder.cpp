// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/blob_folder.h"

#include <cerrno>
#include <cstdio>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hearth::server {

std::filesystem::path BlobFolder::pathOf(const Digest& digest) const {
  const std::string hex = digest.hex();
  return m_root / hex.substr(0, 2) / hex.substr(2, 2) / hex;
}

std::optional<std::uint64_t> BlobFolder::size(const Digest& digest) const {
  if (const auto known = m_known.find(digest)) return known;
  struct stat status {};
  if (::lstat(pathOf(digest).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (m_known.isBeingNamed(digest)) return m_known.find(digest);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  m_known.add(digest, size);
  return size;
}

Result<Descriptor> BlobFolder::open(const Digest& digest) const {
  Descriptor file(::open(pathOf(digest).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file) return file;
  if (errno == ENOENT) return fail(ErrorCode::kNotFound, "there is no blob " + digest.hex());
  return fail(systemError(errno, "opening blob " + digest.hex()));
}

Result<void> BlobFolder::makeFolders(const Digest& digest) {
  std::atomic<bool>& made = m_foldersMade[std::size_t{digest.bytes[0]} << 8 | digest.bytes[1]];
  if (made.load(std::memory_order_acquire)) return {};
  const std::filesystem::path inner = pathOf(digest).parent_path();
  const std::filesystem::path outer = inner.parent_path();
  for (const auto& folder : {outer, inner}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(systemError(errno, "making the folder " + folder.string()));
    }
    // Also when it was there: whoever made it may not have come to this point yet.
    HEARTH_TRY(syncFolder(folder.parent_path()));
  }
  made.store(true, std::memory_order_release);
  return {};
}

Result<void> BlobFolder::move(const Digest& digest, const std::filesystem::path& from) {
  HEARTH_TRY(makeFolders(digest));
  const std::filesystem::path to = pathOf(digest);
  if (::rename(from.c_str(), to.c_str()) != 0) return fail(systemError(errno, "naming blob " + digest.hex()));
  if (auto synced = syncFolder(to.parent_path()); !synced) {
    if (!m_known.find(digest)) ::unlink(to.c_str());
    return fail(std::move(synced).error());
  }
  return {};
}

Result<void> BlobFolder::name(const Digest& digest, std::uint64_t size, int file, const std::filesystem::path& from) {
  // After a failed fsync nobody knows which pages were dropped, so the file is not used again.
  if (::fsync(file) != 0) {
    const int error = errno;
    ::unlink(from.c_str());
    return fail(systemError(error, "writing blob " + digest.hex() + " to the disk"));
  }
  m_known.beginNaming(digest);
  auto moved = move(digest, from);
  if (moved) m_known.add(digest, size);
  m_known.endNaming(digest);
  return moved;
}

std::size_t BlobFolder::removeAllBut(const std::unordered_set<Digest>& kept, Instant madeBefore) {
  namespace fs = std::filesystem;
  std::size_t removed = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(m_root, error), end; !error && entry != end; entry.increment(error)) {
    const auto digest = Digest::parse(entry->path().filename().string());
    struct stat info {};
    if (!digest || kept.contains(*digest) || pathOf(*digest) != entry->path()) continue;
    if (::lstat(entry->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (Instant::ofUnixSeconds(info.st_mtim.tv_sec) >= madeBefore) continue;
    m_known.forget(*digest);
    if (::unlink(entry->path().c_str()) == 0) ++removed;
  }
  return removed;
}

bool BlobFolder::take(const Digest& digest, const std::filesystem::path& to) {
  const bool moved = ::rename(pathOf(digest).c_str(), to.c_str()) == 0;
  m_known.forget(digest);
  return moved;
}

bool BlobFolder::bringBack(const Digest& digest, const std::filesystem::path& from) {
  return ::rename(from.c_str(), pathOf(digest).c_str()) == 0;
}

}  // namespace hearth::server
