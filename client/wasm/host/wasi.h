/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_WASI_H
#define HEARTH_WASI_H

#include "host.h"
#include "os.h"

/* The calls of WASI preview 1 are the functions that wasm2c's C names so. Their first argument is not used. */
#define WASI(name) Z_wasi_snapshot_preview1Z_##name
struct Z_wasi_snapshot_preview1_instance_t;
typedef struct Z_wasi_snapshot_preview1_instance_t Wasi;

/* Puts a number at an address of the guest; an error number. Addresses are checked. */
int hearthPutAt(uint32_t address, uint64_t value, uint32_t bytes);

/* Of a clock of the guest: 0 real, others steady. */
uint64_t hearthClock(uint32_t clock);

/* What the guest has open (wasi_files.c). */
enum { kFreeEntry = 0, kStreamEntry = 1, kFileEntry = 2, kFolderEntry = 3 };
enum { kAppendFlag = 1 };
enum { kReadRight = 1 << 1, kWriteRight = 1 << 6 };
enum { kMostFiles = 1024, kPathBytes = 4096 };

typedef struct {
  uint8_t kind;
  uint16_t flags;
  uint64_t rights;
  int os;          /* of streams and files */
  char* path;      /* of files and folders, below the preopened one; NULL: removed since */
  uint32_t orphan; /* of a removed file: equal numbers are one file */
} Entry;

extern Entry hearthEntries[kMostFiles];
/* NULL when the number is of nothing that is open. */
Entry* hearthEntry(uint32_t number);
int hearthNewEntry(uint8_t kind, int os, char* path, uint32_t* number);
/* The names in a folder that a guest may see, at `path`. */
int hearthList(const char* path, OsNames* names);

/* A file's numbers and times, the same on every machine. */
uint32_t hearthPutStat(uint32_t address, const OsStat* stat, const char* path);

/* Files that the guest changed (folder.c): their bytes are part of a checkpoint. */
void hearthMarkChanged(const char* path);
void hearthMarkRenamed(const char* from, const char* to);
int hearthIsChanged(const char* path);
/* Names that belong to the agent; a guest neither sees nor makes them. */
int hearthIsReserved(const char* path);
/* Ends the process when a path of a checkpoint is none that a guest could have named. */
void hearthCheckPath(const char* path);
void hearthWriteFolder(void);
void hearthReadFolder(void);
void hearthWriteBytesOf(int file, uint64_t size);
void hearthReadBytesInto(const char* path);

#endif
