// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <sqlite3.h>

/// SQLite's way to the disk with faults: while it lives, every database that is opened goes through it.
namespace hearth::tests {

/// What the disk does and did. One thread.
struct FaultyDisk {
  std::int64_t goodWrites = -1;  ///< so many more writes succeed; negative: all
  std::int64_t goodSyncs = -1;
  std::int64_t goodReads = -1;
  int writeFault = SQLITE_FULL;  ///< what the others return, after writing half of the bytes

  std::uint64_t writes = 0;
  std::uint64_t bytesRead = 0;
  bool logUnsynced = false;  ///< bytes of a write-ahead log were written after its last sync

  void heal() { goodWrites = goodSyncs = goodReads = -1; }
};

class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  FaultyDisk disk;

 private:
  struct File;
  struct Methods;
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags);

  sqlite3_vfs* m_real;
  sqlite3_vfs m_vfs;
};

/// A file of SQLite's, before the real one in the same allocation.
struct FaultVfs::File {
  sqlite3_file base;
  FaultyDisk* disk;
  bool isLog;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct FaultVfs::Methods {
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }
  static bool spent(std::int64_t& left) {
    if (left < 0) return false;
    if (left == 0) return true;
    --left;
    return false;
  }

  static int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    if (spent(of(f).disk->goodReads)) return SQLITE_IOERR_READ;
    of(f).disk->bytesRead += static_cast<std::uint64_t>(size);
    return real(f)->pMethods->xRead(real(f), to, size, at);
  }
  static int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    FaultyDisk& disk = *of(f).disk;
    if (spent(disk.goodWrites)) {
      const int half = real(f)->pMethods->xWrite(real(f), from, size / 2, at);
      return half == SQLITE_OK ? disk.writeFault : half;
    }
    ++disk.writes;
    if (of(f).isLog) disk.logUnsynced = true;
    return real(f)->pMethods->xWrite(real(f), from, size, at);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); }
  static int sync(sqlite3_file* f, int flags) {
    if (spent(of(f).disk->goodSyncs)) return SQLITE_IOERR_FSYNC;
    if (of(f).isLog) of(f).disk->logUnsynced = false;
    return real(f)->pMethods->xSync(real(f), flags);
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
  static int shmUnmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

  static const sqlite3_io_methods* table() {
    static const sqlite3_io_methods methods = {2,       close,      read,       write,   truncate,   sync,   fileSize,
                                               lock,    unlock,     isReserved, control, sectorSize, traits, shmMap,
                                               shmLock, shmBarrier, shmUnmap,   nullptr, nullptr};
    return &methods;
  }
};

inline int FaultVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags) {
  auto* self = static_cast<FaultVfs*>(vfs->pAppData);
  File& wrapped = Methods::of(file);
  wrapped = {{nullptr}, &self->disk, (flags & SQLITE_OPEN_WAL) != 0};
  const int code = self->m_real->xOpen(self->m_real, name, wrapped.real(), flags, outFlags);
  if (wrapped.real()->pMethods != nullptr) wrapped.base.pMethods = Methods::table();
  return code;
}

inline FaultVfs::FaultVfs() : m_real(sqlite3_vfs_find(nullptr)), m_vfs(*m_real) {
  m_vfs.zName = "hearth-faulty";
  m_vfs.pNext = nullptr;
  m_vfs.pAppData = this;
  m_vfs.szOsFile = static_cast<int>(sizeof(File)) + m_real->szOsFile;
  m_vfs.xOpen = open;
  sqlite3_vfs_register(&m_vfs, 1);
}

inline FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&m_vfs);
  sqlite3_vfs_register(m_real, 1);
}

}  // namespace hearth::tests
