/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"
#include "wasi.h"

/* What the guest has open, as part of a checkpoint: the streams, the folder, then each entry with its place. A file
 * that was removed while open has no path to be opened by; its bytes come along, and on the way back it stands under a
 * name of the host's until it is open again. */

static void orphanPath(uint32_t orphan, char* out, size_t room) { snprintf(out, room, ".hearth-removed-%u", orphan); }

/* A removed file that is open twice has its bytes with the first entry. */
static int isFirstOf(const Entry* entry) {
  const Entry* first = hearthEntries;
  while (first->kind != kFileEntry || first->orphan != entry->orphan) ++first;
  return first == entry;
}

static void writeEntry(const Entry* entry) {
  hearthPutNumber(entry->kind);
  if (entry->kind == kFreeEntry) return;
  hearthPutNumber(entry->flags);
  hearthPutNumber(entry->rights);
  hearthPutNumber(entry->kind == kStreamEntry ? (uint64_t)entry->os : 0);
  hearthPutNumber(entry->path == NULL && entry->kind != kStreamEntry);
  if (entry->path != NULL) hearthPutText(entry->path);
  if (entry->kind != kFileEntry) return;
  uint64_t place;
  uint64_t now;
  OsStat stat;
  osSeek(entry->os, 0, 1, &place);
  hearthPutNumber(place);
  if (entry->path != NULL) return;
  if (osStatFile(entry->os, &stat) != kSuccess) stat.size = 0;
  hearthPutNumber(entry->orphan);
  hearthPutNumber((uint64_t)isFirstOf(entry));
  if (!isFirstOf(entry)) return;
  osSeek(entry->os, 0, 0, &now);
  hearthWriteBytesOf(entry->os, stat.size);
  osSeek(entry->os, (int64_t)place, 0, &now);
}

void hearthWriteFiles(void) {
  hearthWriteStreams();
  hearthWriteFolder();
  uint32_t count = kMostFiles;
  while (count > 0 && hearthEntries[count - 1].kind == kFreeEntry) --count;
  hearthPutNumber(count);
  for (uint32_t i = 0; i < count; ++i) writeEntry(&hearthEntries[i]);
}

static void openAgain(Entry* entry, const char* path) {
  int how = (entry->rights & kReadRight ? kOsRead : 0) | (entry->rights & kWriteRight ? kOsWrite : 0);
  if (how == 0) how = kOsRead;
  if (entry->flags & kAppendFlag) how |= kOsAppend;
  if (osOpen(path, how, &entry->os) != kSuccess) hearthDie("a file that it had open is not there");
}

static void readFile(Entry* entry, int isRemoved) {
  char name[64];
  uint64_t now;
  const uint64_t place = hearthTakeNumber(INT64_MAX);
  if (isRemoved) {
    entry->orphan = (uint32_t)hearthTakeNumber(UINT32_MAX);
    orphanPath(entry->orphan, name, sizeof name);
    if (hearthTakeNumber(1) == 1) hearthReadBytesInto(name);
  }
  openAgain(entry, isRemoved ? name : entry->path);
  if (osSeek(entry->os, (int64_t)place, 0, &now) != kSuccess)
    hearthDie("a file that it had open is not the one it had");
}

static void readEntry(Entry* entry) {
  *entry = (Entry){.kind = (uint8_t)hearthTakeNumber(kFolderEntry)};
  if (entry->kind == kFreeEntry) return;
  entry->flags = (uint16_t)hearthTakeNumber(UINT16_MAX);
  entry->rights = hearthTakeNumber(UINT64_MAX);
  entry->os = (int)hearthTakeNumber(2);
  const int isRemoved = (int)hearthTakeNumber(1);
  if (entry->kind == kStreamEntry) return;
  if (!isRemoved) entry->path = hearthTakeText();
  if (entry->path != NULL && entry->path[0] != '\0') hearthCheckPath(entry->path);
  if (entry->kind == kFileEntry) readFile(entry, isRemoved);
}

void hearthReadFiles(void) {
  char name[64];
  hearthReadStreams();
  hearthReadFolder();
  const uint32_t count = (uint32_t)hearthTakeNumber(kMostFiles);
  for (uint32_t i = 0; i < kMostFiles; ++i) {
    free(hearthEntries[i].path);
    hearthEntries[i] = (Entry){.kind = kFreeEntry};
  }
  for (uint32_t i = 0; i < count; ++i) readEntry(&hearthEntries[i]);
  for (uint32_t i = 0; i < count; ++i) {
    if (hearthEntries[i].orphan == 0) continue;
    orphanPath(hearthEntries[i].orphan, name, sizeof name);
    osRemoveFile(name);
  }
}
