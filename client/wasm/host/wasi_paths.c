/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "wasi.h"

/* The calls on paths. A path of the guest is made normal before anything else, by its text alone: since no link is
 * followed, ".." is what stands before it, and what would lead out of the preopened folder is refused here. */

enum { kCreateFlag = 1, kFolderFlag = 2, kExclusiveFlag = 4, kTruncateFlag = 8, kDeepest = 64 };

/* One UTF-8 sequence: its bytes, 0 when it is none. Overlong ones and surrogates are none. */
static uint32_t sequenceAt(const uint8_t* at, uint32_t left) {
  static const uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const uint32_t bytes = at[0] < 0x80   ? 1
                         : at[0] < 0xc2 ? 0
                         : at[0] < 0xe0 ? 2
                         : at[0] < 0xf0 ? 3
                         : at[0] < 0xf5 ? 4
                                        : 0;
  if (bytes <= 1) return at[0] < 0x20 || at[0] == 0x7f ? 0 : bytes;
  if (bytes > left) return 0;
  uint32_t point = at[0] & (0x7fu >> bytes);
  for (uint32_t i = 1; i < bytes; ++i) {
    if ((at[i] & 0xc0) != 0x80) return 0;
    point = point << 6 | (at[i] & 0x3fu);
  }
  return point < kLeast[bytes] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? 0 : bytes;
}

/* What names nothing, or something else, on one of the systems is refused on all of them. */
static int checkBytes(const uint8_t* path, uint32_t size) {
  for (uint32_t i = 0; i < size;) {
    const uint32_t bytes = sequenceAt(path + i, size - i);
    if (bytes == 0) return kBadSequence;
    if (bytes == 1 && strchr("\\:*?\"<>|", path[i]) != NULL) return kInvalid;
    i += bytes;
  }
  return kSuccess;
}

/* Adds one part to `out`, or takes the last one off for "..". */
static int addPart(char* out, const char* part, size_t size) {
  const size_t length = strlen(out);
  if (size == 0 || (size == 1 && part[0] == '.')) return kSuccess;
  if (size == 2 && part[0] == '.' && part[1] == '.') {
    if (length == 0) return kNotCapable;
    char* slash = strrchr(out, '/');
    *(slash == NULL ? out : slash) = '\0';
    return kSuccess;
  }
  if (size > 255 || length + size + 2 > kPathBytes) return kNameTooLong;
  if (part[size - 1] == '.' || part[size - 1] == ' ') return kInvalid;
  if (length > 0) strcat(out, "/");
  strncat(out, part, size);
  return kSuccess;
}

static int normalPath(uint32_t folder, uint32_t address, uint32_t size, char out[kPathBytes]) {
  const Entry* entry = hearthEntry(folder);
  const char* at = hearthBytes(address, size);
  if (entry == NULL) return kBadFile;
  if (entry->kind != kFolderEntry) return kNotFolder;
  if (at == NULL) return kFault;
  if (entry->path == NULL || size == 0) return kNoEntry;
  if (size >= kPathBytes) return kNameTooLong;
  if (at[0] == '/') return kNotCapable;
  int failed = checkBytes((const uint8_t*)at, size);
  strcpy(out, entry->path);
  for (uint32_t from = 0; !failed && from < size;) {
    const char* slash = memchr(at + from, '/', size - from);
    const uint32_t to = slash == NULL ? size : (uint32_t)(slash - at);
    failed = addPart(out, at + from, to - from);
    from = to + 1;
  }
  int depth = 0;
  for (const char* c = out; *c != '\0'; ++c) depth += *c == '/';
  if (!failed && depth >= kDeepest) failed = kNameTooLong;
  return !failed && hearthIsReserved(out) ? kNotPermitted : failed;
}

static int openFile(const char* path, uint32_t how, uint64_t rights, uint32_t flags, uint32_t at) {
  int wanted = (rights & kReadRight ? kOsRead : 0) | (rights & kWriteRight ? kOsWrite : 0);
  if (how & kCreateFlag) wanted |= kOsCreate;
  if (how & kExclusiveFlag) wanted |= kOsExclusive;
  if (how & kTruncateFlag) wanted |= kOsTruncate | kOsWrite;
  if (flags & kAppendFlag) wanted |= kOsAppend;
  if ((wanted & (kOsRead | kOsWrite)) == 0) wanted |= kOsRead;
  int file;
  int failed = osOpen(path, wanted, &file);
  if (failed) return failed;
  if (wanted & (kOsWrite | kOsCreate)) hearthMarkChanged(path);
  char* kept = hearthCopyText(path);
  uint32_t number;
  failed = hearthNewEntry(kFileEntry, file, kept, &number);
  if (failed) {
    osClose(file);
    free(kept);
    return failed;
  }
  hearthEntries[number].flags = (uint16_t)(flags & kAppendFlag);
  hearthEntries[number].rights = rights;
  return hearthPutAt(at, number, 4);
}

static int openFolder(const char* path, uint32_t how, uint64_t rights, uint32_t at) {
  if (how & kExclusiveFlag) return kExists;
  if (rights & kWriteRight && !(how & kFolderFlag)) return kIsFolder;
  char* kept = hearthCopyText(path);
  uint32_t number;
  const int failed = hearthNewEntry(kFolderEntry, -1, kept, &number);
  if (failed) {
    free(kept);
    return failed;
  }
  return hearthPutAt(at, number, 4);
}

uint32_t WASI(path_open)(Wasi* wasi, uint32_t folder, uint32_t lookup, uint32_t address, uint32_t size, uint32_t how,
                         uint64_t rights, uint64_t inheriting, uint32_t flags, uint32_t at) {
  (void)wasi;
  (void)lookup;
  (void)inheriting;
  char path[kPathBytes];
  OsStat stat = {.kind = kUnknownKind};
  const int failed = normalPath(folder, address, size, path);
  if (failed) return (uint32_t)failed;
  const int missing = osStatPath(path, &stat);
  if (missing && missing != kNoEntry) return (uint32_t)missing;
  if (!missing && stat.kind == kLinkKind) return kLoop;
  if (!missing && stat.kind == kFolderKind) return (uint32_t)openFolder(path, how, rights, at);
  if (how & kFolderFlag) return missing ? kNoEntry : kNotFolder;
  return (uint32_t)openFile(path, how, rights, flags, at);
}

uint32_t WASI(path_filestat_get)(Wasi* wasi, uint32_t folder, uint32_t lookup, uint32_t address, uint32_t size,
                                 uint32_t at) {
  (void)wasi;
  (void)lookup;
  char path[kPathBytes];
  OsStat stat;
  int failed = normalPath(folder, address, size, path);
  if (!failed) failed = osStatPath(path, &stat);
  return failed ? (uint32_t)failed : hearthPutStat(at, &stat, path);
}

uint32_t WASI(path_filestat_set_times)(Wasi* wasi, uint32_t folder, uint32_t lookup, uint32_t address, uint32_t size,
                                       uint64_t accessed, uint64_t modified, uint32_t flags) {
  (void)wasi;
  (void)lookup;
  (void)accessed;
  (void)modified;
  (void)flags;
  char path[kPathBytes];
  OsStat stat;
  const int failed = normalPath(folder, address, size, path);
  return (uint32_t)(failed ? failed : osStatPath(path, &stat));
}

uint32_t WASI(path_create_directory)(Wasi* wasi, uint32_t folder, uint32_t address, uint32_t size) {
  (void)wasi;
  char path[kPathBytes];
  const int failed = normalPath(folder, address, size, path);
  return (uint32_t)(failed ? failed : osMakeFolder(path));
}

static void orphan(const char* path) {
  static uint32_t last;
  ++last;
  for (uint32_t i = 0; i < kMostFiles; ++i) {
    Entry* entry = &hearthEntries[i];
    if (entry->kind == kFreeEntry || entry->path == NULL || strcmp(entry->path, path) != 0) continue;
    free(entry->path);
    entry->path = NULL;
    entry->orphan = last;
  }
}

uint32_t WASI(path_remove_directory)(Wasi* wasi, uint32_t folder, uint32_t address, uint32_t size) {
  (void)wasi;
  char path[kPathBytes];
  int failed = normalPath(folder, address, size, path);
  if (!failed && path[0] == '\0') failed = kInvalid;
  if (!failed) failed = osRemoveFolder(path);
  if (!failed) orphan(path);
  return (uint32_t)failed;
}

uint32_t WASI(path_unlink_file)(Wasi* wasi, uint32_t folder, uint32_t address, uint32_t size) {
  (void)wasi;
  char path[kPathBytes];
  int failed = normalPath(folder, address, size, path);
  if (!failed) failed = osRemoveFile(path);
  if (!failed) orphan(path);
  return (uint32_t)failed;
}

/* What is open below `from` is now below `to`. */
static void renameEntries(const char* from, const char* to) {
  const size_t length = strlen(from);
  for (uint32_t i = 0; i < kMostFiles; ++i) {
    Entry* entry = &hearthEntries[i];
    if (entry->kind == kFreeEntry || entry->path == NULL || strncmp(entry->path, from, length) != 0) continue;
    const char* rest = entry->path + length;
    if (*rest != '\0' && *rest != '/') continue;
    char* now = hearthAllocate(strlen(to) + strlen(rest) + 1);
    strcpy(now, to);
    strcat(now, rest);
    free(entry->path);
    entry->path = now;
  }
}

uint32_t WASI(path_rename)(Wasi* wasi, uint32_t fromFolder, uint32_t fromAddress, uint32_t fromSize, uint32_t toFolder,
                           uint32_t toAddress, uint32_t toSize) {
  (void)wasi;
  char from[kPathBytes];
  char to[kPathBytes];
  int failed = normalPath(fromFolder, fromAddress, fromSize, from);
  if (!failed) failed = normalPath(toFolder, toAddress, toSize, to);
  if (!failed && (from[0] == '\0' || to[0] == '\0')) failed = kInvalid;
  if (failed || strcmp(from, to) == 0) return (uint32_t)failed;
  failed = osRename(from, to);
  if (failed) return (uint32_t)failed;
  orphan(to);
  renameEntries(from, to);
  hearthMarkRenamed(from, to);
  return kSuccess;
}

/* Links do not exist for a guest: a result must mean the same on every system. */
uint32_t WASI(path_link)(Wasi* wasi, uint32_t fromFolder, uint32_t lookup, uint32_t fromAddress, uint32_t fromSize,
                         uint32_t toFolder, uint32_t toAddress, uint32_t toSize) {
  (void)wasi;
  (void)fromFolder;
  (void)lookup;
  (void)fromAddress;
  (void)fromSize;
  (void)toFolder;
  (void)toAddress;
  (void)toSize;
  return kNotSupported;
}

uint32_t WASI(path_symlink)(Wasi* wasi, uint32_t textAddress, uint32_t textSize, uint32_t folder, uint32_t address,
                            uint32_t size) {
  (void)wasi;
  (void)textAddress;
  (void)textSize;
  (void)folder;
  (void)address;
  (void)size;
  return kNotSupported;
}

uint32_t WASI(path_readlink)(Wasi* wasi, uint32_t folder, uint32_t address, uint32_t size, uint32_t out, uint32_t room,
                             uint32_t usedAt) {
  (void)wasi;
  (void)out;
  (void)room;
  (void)usedAt;
  char path[kPathBytes];
  OsStat stat;
  int failed = normalPath(folder, address, size, path);
  if (!failed) failed = osStatPath(path, &stat);
  return (uint32_t)(failed ? failed : kInvalid);
}
