// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "base/random.h"

/// A disk that loses power: what was not synced is gone, or part of it is.
namespace hearth::tests {

/// What survives of the writes that were not synced.
struct PowerLoss {
  std::uint32_t keptOfTen = 0;  ///< of ten sectors written, so many reached the disk, whatever their order
};

/// While it lives, every SQLite database that is opened lies on it: real files, of which it knows what is synced. After
/// so many more writes and syncs the power fails: everything fails from then on, until the files that survived are
/// written elsewhere by saveTo(). One thread, one disk at a time.
class LossyDisk {
 public:
  LossyDisk();
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  void failAfter(std::int64_t operations) { m_left = operations; }
  bool hasFailed() const { return m_failed; }
  std::uint64_t operations() const { return m_operations; }
  /// Writes the files as they are after the power failure into another folder, and has power again. The databases must
  /// have been closed.
  void saveTo(const std::filesystem::path& folder, PowerLoss loss, RandomStream& random);

 private:
  using Bytes = std::vector<char>;
  /// Written and not synced. `bytes` empty: cut to `at`.
  struct Pending {
    std::size_t at = 0;
    Bytes bytes;
  };
  struct Content {
    Bytes synced;
    std::vector<Pending> pending;
  };
  struct File;
  struct Methods;

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags);
  static int remove(sqlite3_vfs* vfs, const char* name, int);
  /// False when there is no power, or it fails with this operation.
  bool operate();
  static void apply(Bytes& content, const Pending& change);
  static Bytes survivor(const Content& content, PowerLoss loss, RandomStream& random);

  sqlite3_vfs* m_real;
  sqlite3_vfs m_vfs;
  std::map<std::string, std::shared_ptr<Content>> m_contents;  // by path
  std::int64_t m_left = -1;
  bool m_failed = false;
  std::uint64_t m_operations = 0;
};

/// A file of SQLite's, before the real one in the same allocation.
struct LossyDisk::File {
  sqlite3_file base;
  LossyDisk* disk;
  std::shared_ptr<Content>* content;  // null: lost anyway (temporary files)
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct LossyDisk::Methods {
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }
  static void note(sqlite3_file* f, Pending change) {
    if (of(f).content != nullptr) (*of(f).content)->pending.push_back(std::move(change));
  }

  static int close(sqlite3_file* f) {
    delete of(f).content;
    return real(f)->pMethods->xClose(real(f));
  }
  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    return of(f).disk->m_failed ? SQLITE_IOERR_READ : real(f)->pMethods->xRead(real(f), to, size, at);
  }
  /// The write at which the power fails may still be on its way to the disk.
  static int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    if (of(f).disk->m_failed) return SQLITE_IOERR_WRITE;
    const auto* bytes = static_cast<const char*>(from);
    note(f, {static_cast<std::size_t>(at), Bytes(bytes, bytes + size)});
    if (!of(f).disk->operate()) return SQLITE_IOERR_WRITE;
    return real(f)->pMethods->xWrite(real(f), from, size, at);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    if (!of(f).disk->operate()) return SQLITE_IOERR_TRUNCATE;
    note(f, {static_cast<std::size_t>(size), {}});
    return real(f)->pMethods->xTruncate(real(f), size);
  }
  /// Synced is what it says; the real disk is not troubled with it.
  static int sync(sqlite3_file* f, int) {
    if (!of(f).disk->operate()) return SQLITE_IOERR_FSYNC;
    if (of(f).content == nullptr) return SQLITE_OK;
    Content& content = **of(f).content;
    for (const Pending& change : content.pending) apply(content.synced, change);
    content.pending.clear();
    return SQLITE_OK;
  }
  static int fileSize(sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); }
  static int lock(sqlite3_file* f, int kind) { return real(f)->pMethods->xLock(real(f), kind); }
  static int unlock(sqlite3_file* f, int kind) { return real(f)->pMethods->xUnlock(real(f), kind); }
  static int isReserved(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
  static int control(sqlite3_file* f, int what, void* arg) {
    return real(f)->pMethods->xFileControl(real(f), what, arg);
  }
  static int sectorSize(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
  static int traits(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
  static int shmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
  }
  static int shmLock(sqlite3_file* f, int at, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), at, n, flags);
  }
  static void shmBarrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static int shmUnmap(sqlite3_file* f, int forget) { return real(f)->pMethods->xShmUnmap(real(f), forget); }

  static const sqlite3_io_methods* table() {
    static const sqlite3_io_methods methods = {2,       close,      read,       write,   truncate,   sync,   fileSize,
                                               lock,    unlock,     isReserved, control, sectorSize, traits, shmMap,
                                               shmLock, shmBarrier, shmUnmap,   nullptr, nullptr};
    return &methods;
  }
};

inline LossyDisk::LossyDisk() : m_real(sqlite3_vfs_find(nullptr)), m_vfs(*m_real) {
  m_vfs.zName = "hearth-lossy";
  m_vfs.pNext = nullptr;
  m_vfs.pAppData = this;
  m_vfs.szOsFile = static_cast<int>(sizeof(File)) + m_real->szOsFile;
  m_vfs.xOpen = open;
  m_vfs.xDelete = remove;
  sqlite3_vfs_register(&m_vfs, 1);
}

inline LossyDisk::~LossyDisk() {
  sqlite3_vfs_unregister(&m_vfs);
  sqlite3_vfs_register(m_real, 1);
}

inline int LossyDisk::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags) {
  auto* self = static_cast<LossyDisk*>(vfs->pAppData);
  File& wrapped = Methods::of(file);
  wrapped = {{nullptr}, self, nullptr};
  const int code = self->m_real->xOpen(self->m_real, name, wrapped.real(), flags, outFlags);
  if (wrapped.real()->pMethods == nullptr) return code;
  if (name != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
    auto& content = self->m_contents[name];
    if (!content) content = std::make_shared<Content>();
    wrapped.content = new std::shared_ptr<Content>(content);
  }
  wrapped.base.pMethods = Methods::table();
  return code;
}

inline int LossyDisk::remove(sqlite3_vfs* vfs, const char* name, int) {
  auto* self = static_cast<LossyDisk*>(vfs->pAppData);
  if (!self->operate()) return SQLITE_IOERR_DELETE;
  self->m_contents.erase(name);
  return self->m_real->xDelete(self->m_real, name, 0);
}

inline bool LossyDisk::operate() {
  if (m_failed) return false;
  ++m_operations;
  if (m_left < 0 || m_left-- > 0) return true;
  m_failed = true;
  return false;
}

inline void LossyDisk::apply(Bytes& content, const Pending& change) {
  if (change.bytes.empty()) {
    content.resize(std::min(content.size(), change.at));
    return;
  }
  if (content.size() < change.at + change.bytes.size()) content.resize(change.at + change.bytes.size());
  std::copy(change.bytes.begin(), change.bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(change.at));
}

inline LossyDisk::Bytes LossyDisk::survivor(const Content& content, PowerLoss loss, RandomStream& random) {
  constexpr std::size_t kSector = 512;
  Bytes bytes = content.synced;
  for (const Pending& change : content.pending) {
    if (change.bytes.empty()) {
      if (random.below(10) < loss.keptOfTen) apply(bytes, change);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size();) {  // up to the next border of a sector
      const std::size_t end = std::min(change.bytes.size(), at + kSector - (change.at + at) % kSector);
      const auto first = change.bytes.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = change.bytes.begin() + static_cast<std::ptrdiff_t>(end);
      if (random.below(10) < loss.keptOfTen) apply(bytes, {change.at + at, Bytes(first, last)});
      at = end;
    }
  }
  return bytes;
}

inline void LossyDisk::saveTo(const std::filesystem::path& folder, PowerLoss loss, RandomStream& random) {
  for (const auto& [name, content] : std::exchange(m_contents, {})) {
    const auto kept = std::make_shared<Content>();
    kept->synced = survivor(*content, loss, random);
    const std::filesystem::path to = folder / std::filesystem::path(name).filename();
    std::ofstream(to, std::ios::binary).write(kept->synced.data(), static_cast<std::streamsize>(kept->synced.size()));
    m_contents[to.string()] = kept;
  }
  m_failed = false;
  m_left = -1;
}

}  // namespace hearth::tests
