/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "streams.h"
#include "wasi.h"

/* The calls on what is open. Numbers 0, 1, 2 are the streams, 3 is the preopened folder "/", others the lowest free. */

enum { kRootEntry = 3, kMostVectors = 1024, kStatBytes = 64, kNameHead = 24 };
static const uint64_t kAllRights = UINT64_C(0x1fffffff);

Entry hearthEntries[kMostFiles];

Entry* hearthEntry(uint32_t number) {
  if (number >= kMostFiles || hearthEntries[number].kind == kFreeEntry) return NULL;
  return &hearthEntries[number];
}

int hearthNewEntry(uint8_t kind, int os, char* path, uint32_t* number) {
  for (uint32_t i = 0; i < kMostFiles; ++i) {
    if (hearthEntries[i].kind != kFreeEntry) continue;
    hearthEntries[i] = (Entry){.kind = kind, .rights = kAllRights, .os = os, .path = path};
    *number = i;
    return kSuccess;
  }
  return kTooManyFiles;
}

void hearthOpenStreams(void) {
  uint32_t number;
  for (int i = 0; i < kRootEntry; ++i) hearthNewEntry(kStreamEntry, i, NULL, &number);
  hearthNewEntry(kFolderEntry, -1, hearthCopyText(""), &number);
}

/* A stream or file, or what is wrong with it. */
static int fileEntry(uint32_t number, Entry** entry) {
  *entry = hearthEntry(number);
  if (*entry == NULL) return kBadFile;
  return (*entry)->kind == kFolderEntry ? kIsFolder : kSuccess;
}

static int plainFile(uint32_t number, Entry** entry) {
  const int failed = fileEntry(number, entry);
  if (failed) return failed;
  return (*entry)->kind == kStreamEntry ? kNoSeek : kSuccess;
}

/* ---- reading and writing ---- */

typedef struct {
  uint8_t* bytes;
  uint32_t size;
} Vector;

static int vectorAt(uint32_t list, uint32_t index, Vector* out) {
  const uint8_t* at = hearthBytes(list + index * 8, 8);
  if (at == NULL) return kFault;
  uint32_t address;
  memcpy(&address, at, 4);
  memcpy(&out->size, at + 4, 4);
  out->bytes = hearthBytes(address, out->size);
  return out->bytes == NULL ? kFault : kSuccess;
}

static int transfer(Entry* entry, int writes, Vector vector, size_t* done) {
  const int failed =
      writes ? osWrite(entry->os, vector.bytes, vector.size, done) : osRead(entry->os, vector.bytes, vector.size, done);
  if (failed || entry->kind != kStreamEntry) return failed;
  if (writes)
    hearthNoteWritten(entry->os, vector.bytes, *done);
  else
    hearthNoteRead(entry->os, *done);
  return kSuccess;
}

/* Reads or writes until a vector is not filled; what came before a failure counts. */
static uint32_t transferAll(Entry* entry, int writes, uint32_t list, uint32_t count, uint32_t doneAt) {
  uint64_t total = 0;
  if (count > kMostVectors) return kInvalid;
  for (uint32_t i = 0; i < count; ++i) {
    Vector vector;
    size_t done = 0;
    int failed = vectorAt(list, i, &vector);
    if (!failed && vector.size == 0) continue;
    if (!failed) failed = transfer(entry, writes, vector, &done);
    if (failed && total == 0) return (uint32_t)failed;
    total += done;
    if (failed || done < vector.size) break;
  }
  return (uint32_t)hearthPutAt(doneAt, total, 4);
}

uint32_t WASI(fd_read)(Wasi* wasi, uint32_t number, uint32_t list, uint32_t count, uint32_t doneAt) {
  (void)wasi;
  Entry* entry;
  const int failed = fileEntry(number, &entry);
  return failed ? (uint32_t)failed : transferAll(entry, 0, list, count, doneAt);
}

uint32_t WASI(fd_write)(Wasi* wasi, uint32_t number, uint32_t list, uint32_t count, uint32_t doneAt) {
  (void)wasi;
  Entry* entry;
  const int failed = fileEntry(number, &entry);
  return failed ? (uint32_t)failed : transferAll(entry, 1, list, count, doneAt);
}

static uint32_t transferFrom(uint32_t number, int writes, uint32_t list, uint32_t count, uint64_t offset,
                             uint32_t doneAt) {
  Entry* entry;
  uint64_t before;
  uint64_t now;
  int failed = plainFile(number, &entry);
  if (!failed) failed = osSeek(entry->os, 0, 1, &before);
  if (!failed) failed = osSeek(entry->os, (int64_t)offset, 0, &now);
  if (failed) return (uint32_t)failed;
  const uint32_t result = transferAll(entry, writes, list, count, doneAt);
  failed = osSeek(entry->os, (int64_t)before, 0, &now);
  return failed ? (uint32_t)failed : result;
}

uint32_t WASI(fd_pread)(Wasi* wasi, uint32_t number, uint32_t list, uint32_t count, uint64_t offset, uint32_t doneAt) {
  (void)wasi;
  return transferFrom(number, 0, list, count, offset, doneAt);
}

uint32_t WASI(fd_pwrite)(Wasi* wasi, uint32_t number, uint32_t list, uint32_t count, uint64_t offset, uint32_t doneAt) {
  (void)wasi;
  return transferFrom(number, 1, list, count, offset, doneAt);
}

uint32_t WASI(fd_seek)(Wasi* wasi, uint32_t number, uint64_t offset, uint32_t from, uint32_t at) {
  (void)wasi;
  Entry* entry;
  uint64_t now;
  int failed = plainFile(number, &entry);
  if (!failed && from > 2) failed = kInvalid;
  if (!failed) failed = osSeek(entry->os, (int64_t)offset, (int)from, &now);
  return (uint32_t)(failed ? failed : hearthPutAt(at, now, 8));
}

uint32_t WASI(fd_tell)(Wasi* wasi, uint32_t number, uint32_t at) { return WASI(fd_seek)(wasi, number, 0, 1, at); }

/* ---- what is known of them ---- */

uint32_t WASI(fd_fdstat_get)(Wasi* wasi, uint32_t number, uint32_t at) {
  (void)wasi;
  const Entry* entry = hearthEntry(number);
  uint8_t* out = hearthBytes(at, 24);
  if (entry == NULL) return kBadFile;
  if (out == NULL) return kFault;
  memset(out, 0, 24);
  /* A stream is of no known kind, so that a C library takes it for no terminal and writes it in large pieces. */
  out[0] = entry->kind == kStreamEntry ? kUnknownKind : entry->kind == kFileEntry ? kFileKind : kFolderKind;
  memcpy(out + 2, &entry->flags, 2);
  memcpy(out + 8, &entry->rights, 8);
  memcpy(out + 16, &kAllRights, 8);
  return kSuccess;
}

uint32_t WASI(fd_fdstat_set_flags)(Wasi* wasi, uint32_t number, uint32_t flags) {
  (void)wasi;
  Entry* entry = hearthEntry(number);
  if (entry == NULL) return kBadFile;
  return ((flags ^ entry->flags) & kAppendFlag) != 0 ? kNotSupported : kSuccess;
}

uint32_t WASI(fd_fdstat_set_rights)(Wasi* wasi, uint32_t number, uint64_t rights, uint64_t inheriting) {
  (void)wasi;
  (void)inheriting;
  Entry* entry = hearthEntry(number);
  if (entry == NULL) return kBadFile;
  if ((rights & ~entry->rights) != 0) return kNotCapable;
  entry->rights = rights;
  return kSuccess;
}

/* A file's number and times are the same on every machine: a guest must not compute with what differs. */
static uint64_t fileNumber(const char* path) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; path != NULL && *path != '\0'; ++path) hash = (hash ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
  return hash;
}

uint32_t hearthPutStat(uint32_t at, const OsStat* stat, const char* path) {
  uint8_t* out = hearthBytes(at, kStatBytes);
  if (out == NULL) return kFault;
  const uint64_t number = fileNumber(path);
  const uint64_t links = 1;
  const uint64_t time = hearthHasRealClocks ? stat->modified : 0;
  memset(out, 0, kStatBytes);
  memcpy(out + 8, &number, 8);
  out[16] = stat->kind;
  memcpy(out + 24, &links, 8);
  memcpy(out + 32, &stat->size, 8);
  for (int i = 40; i < kStatBytes; i += 8) memcpy(out + i, &time, 8);
  return kSuccess;
}

uint32_t WASI(fd_filestat_get)(Wasi* wasi, uint32_t number, uint32_t at) {
  (void)wasi;
  const Entry* entry = hearthEntry(number);
  if (entry == NULL) return kBadFile;
  OsStat stat = {.kind = kUnknownKind};
  int failed = kSuccess;
  if (entry->kind == kFileEntry) failed = osStatFile(entry->os, &stat);
  if (entry->kind == kFolderEntry) failed = entry->path == NULL ? kNoEntry : osStatPath(entry->path, &stat);
  return failed ? (uint32_t)failed : hearthPutStat(at, &stat, entry->path);
}

uint32_t WASI(fd_filestat_set_size)(Wasi* wasi, uint32_t number, uint64_t size) {
  (void)wasi;
  Entry* entry;
  const int failed = plainFile(number, &entry);
  return (uint32_t)(failed ? failed : osTruncate(entry->os, size));
}

uint32_t WASI(fd_allocate)(Wasi* wasi, uint32_t number, uint64_t offset, uint64_t size) {
  (void)wasi;
  Entry* entry;
  OsStat stat;
  int failed = plainFile(number, &entry);
  if (!failed) failed = osStatFile(entry->os, &stat);
  if (failed) return (uint32_t)failed;
  if (size > UINT64_MAX - offset) return kFileTooBig;
  return offset + size <= stat.size ? kSuccess : (uint32_t)osTruncate(entry->os, offset + size);
}

uint32_t WASI(fd_filestat_set_times)(Wasi* wasi, uint32_t number, uint64_t accessed, uint64_t modified,
                                     uint32_t flags) {
  (void)wasi;
  (void)accessed;
  (void)modified;
  (void)flags;
  return hearthEntry(number) == NULL ? kBadFile : kSuccess;
}

uint32_t WASI(fd_advise)(Wasi* wasi, uint32_t number, uint64_t offset, uint64_t size, uint32_t advice) {
  (void)wasi;
  (void)offset;
  (void)size;
  (void)advice;
  return hearthEntry(number) == NULL ? kBadFile : kSuccess;
}

/* Nothing to wait for: a task's files matter only when it has ended or is written down, and then they are synced. */
uint32_t WASI(fd_sync)(Wasi* wasi, uint32_t number) {
  (void)wasi;
  return hearthEntry(number) == NULL ? kBadFile : kSuccess;
}

uint32_t WASI(fd_datasync)(Wasi* wasi, uint32_t number) { return WASI(fd_sync)(wasi, number); }

uint32_t WASI(fd_prestat_get)(Wasi* wasi, uint32_t number, uint32_t at) {
  (void)wasi;
  if (number != kRootEntry || hearthEntry(number) == NULL) return kBadFile;
  return (uint32_t)hearthPutAt(at, (uint64_t)1 << 32, 8);
}

uint32_t WASI(fd_prestat_dir_name)(Wasi* wasi, uint32_t number, uint32_t at, uint32_t size) {
  (void)wasi;
  if (number != kRootEntry || hearthEntry(number) == NULL) return kBadFile;
  return size < 1 ? kNameTooLong : (uint32_t)hearthPutAt(at, '/', 1);
}

/* ---- closing ---- */

static int closeEntry(Entry* entry) {
  const int failed = entry->kind == kFileEntry ? osClose(entry->os) : kSuccess;
  free(entry->path);
  *entry = (Entry){.kind = kFreeEntry};
  return failed;
}

uint32_t WASI(fd_close)(Wasi* wasi, uint32_t number) {
  (void)wasi;
  Entry* entry = hearthEntry(number);
  return (uint32_t)(entry == NULL ? kBadFile : closeEntry(entry));
}

uint32_t WASI(fd_renumber)(Wasi* wasi, uint32_t from, uint32_t to) {
  (void)wasi;
  Entry* source = hearthEntry(from);
  Entry* target = hearthEntry(to);
  if (source == NULL || target == NULL) return kBadFile;
  if (source == target) return kSuccess;
  closeEntry(target);
  *target = *source;
  *source = (Entry){.kind = kFreeEntry};
  return kSuccess;
}

/* ---- folders ---- */

/* One name as the guest reads it, cut where the room ends; how many bytes it took. */
static uint32_t putName(uint8_t* out, uint32_t room, const char* path, const char* name, uint64_t next) {
  char full[kPathBytes * 2];
  OsStat stat = {.kind = kUnknownKind};
  strcpy(full, path);
  if (path[0] != '\0') strcat(full, "/");
  strcat(full, name);
  osStatPath(full, &stat);
  uint8_t head[kNameHead] = {0};
  const uint64_t number = fileNumber(full);
  const uint32_t length = (uint32_t)strlen(name);
  memcpy(head, &next, 8);
  memcpy(head + 8, &number, 8);
  memcpy(head + 16, &length, 4);
  head[20] = stat.kind;
  const uint32_t headBytes = room < kNameHead ? room : kNameHead;
  const uint32_t nameBytes = room - headBytes < length ? room - headBytes : length;
  memcpy(out, head, headBytes);
  memcpy(out + headBytes, name, nameBytes);
  return headBytes + nameBytes;
}

uint32_t WASI(fd_readdir)(Wasi* wasi, uint32_t number, uint32_t at, uint32_t size, uint64_t cookie, uint32_t usedAt) {
  (void)wasi;
  const Entry* entry = hearthEntry(number);
  uint8_t* out = hearthBytes(at, size);
  if (entry == NULL) return kBadFile;
  if (entry->kind != kFolderEntry) return kNotFolder;
  if (out == NULL) return kFault;
  if (entry->path == NULL) return kNoEntry;
  OsNames names;
  const int failed = hearthList(entry->path, &names);
  if (failed) return (uint32_t)failed;
  uint32_t used = 0;
  for (uint64_t i = cookie; i < names.count && used < size; ++i) {
    used += putName(out + used, size - used, entry->path, names.names[i], i + 1);
  }
  osFreeNames(&names);
  return (uint32_t)hearthPutAt(usedAt, used, 4);
}
