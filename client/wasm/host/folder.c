/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "streams.h"
#include "wasi.h"

/* The preopened folder as part of a checkpoint. Inputs that the guest only read are there again wherever the task goes
 * on; files that it made or changed are not, so their bytes are written down. Coming back, the folder is made what it
 * was: later files go, changed ones are written again. */

enum { kMostNames = 1 << 20, kPieceBytes = 1 << 16 };
enum { kEndOfFolder = 0, kFolderItem = 1, kInputItem = 2, kChangedItem = 3 };

static char** changed; /* sorted */
static size_t changedCount;
static int isAllChanged;

static size_t placeOf(const char* path, int* isThere) {
  size_t low = 0;
  size_t high = changedCount;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (strcmp(changed[middle], path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  *isThere = low < changedCount && strcmp(changed[low], path) == 0;
  return low;
}

void hearthMarkChanged(const char* path) {
  int isThere;
  const size_t place = placeOf(path, &isThere);
  if (isThere || isAllChanged) return;
  changed = hearthResize(changed, (changedCount + 1) * sizeof *changed);
  memmove(changed + place + 1, changed + place, (changedCount - place) * sizeof *changed);
  changed[place] = hearthCopyText(path);
  ++changedCount;
}

/* A renamed folder takes all below it along. */
void hearthMarkRenamed(const char* from, const char* to) {
  (void)from;
  OsStat stat;
  if (osStatPath(to, &stat) == kSuccess && stat.kind == kFolderKind) isAllChanged = 1;
  hearthMarkChanged(to);
}

int hearthIsChanged(const char* path) {
  int isThere;
  placeOf(path, &isThere);
  return isThere || isAllChanged;
}

int hearthIsReserved(const char* path) { return strncmp(path, ".hearth-", 8) == 0; }

int hearthList(const char* path, OsNames* names) {
  const int failed = osList(path, names);
  if (failed || path[0] != '\0') return failed;
  size_t kept = 0;
  for (size_t i = 0; i < names->count; ++i) {
    if (hearthIsReserved(names->names[i]))
      free(names->names[i]);
    else
      names->names[kept++] = names->names[i];
  }
  names->count = kept;
  return kSuccess;
}

void osFreeNames(OsNames* names) {
  for (size_t i = 0; i < names->count; ++i) free(names->names[i]);
  free(names->names);
}

/* ---- bytes of one file ---- */

void hearthWriteBytesOf(int file, uint64_t size) {
  static uint8_t piece[kPieceBytes];
  hearthPutNumber(size);
  while (size > 0) {
    size_t done = 0;
    const size_t wanted = size < sizeof piece ? (size_t)size : sizeof piece;
    if (osRead(file, piece, wanted, &done) != kSuccess || done == 0) {
      memset(piece, 0, wanted); /* it became shorter: only another process can do that */
      done = wanted;
    }
    hearthPut(piece, done);
    size -= done;
  }
}

void hearthReadBytesInto(const char* path) {
  static uint8_t piece[kPieceBytes];
  int file;
  osRemoveFile(path);
  if (osOpen(path, kOsWrite | kOsCreate | kOsExclusive, &file) != kSuccess) hearthDie("its files cannot be put back");
  for (uint64_t left = hearthTakeNumber(UINT64_MAX); left > 0;) {
    const size_t bytes = left < sizeof piece ? (size_t)left : sizeof piece;
    hearthTake(piece, bytes);
    if (!osWriteAll(file, piece, bytes)) hearthDie("its files cannot be put back: the disk is full");
    left -= bytes;
  }
  osClose(file);
}

/* ---- the tree ---- */

static char* joined(const char* folder, const char* name) {
  char* path = hearthAllocate(strlen(folder) + strlen(name) + 2);
  strcpy(path, folder);
  if (folder[0] != '\0') strcat(path, "/");
  return strcat(path, name);
}

static void writeFile(const char* path) {
  int file;
  OsStat stat;
  if (!hearthIsChanged(path) || osOpen(path, kOsRead, &file) != kSuccess) {
    hearthPutNumber(kInputItem);
    hearthPutText(path);
    return;
  }
  if (osStatFile(file, &stat) != kSuccess) stat.size = 0;
  hearthPutNumber(kChangedItem);
  hearthPutText(path);
  hearthWriteBytesOf(file, stat.size);
  osClose(file);
}

static void writeTree(const char* folder) {
  OsNames names;
  if (hearthList(folder, &names) != kSuccess) return;
  for (size_t i = 0; i < names.count; ++i) {
    char* path = joined(folder, names.names[i]);
    OsStat stat;
    if (osStatPath(path, &stat) == kSuccess && stat.kind == kFolderKind) {
      hearthPutNumber(kFolderItem);
      hearthPutText(path);
      writeTree(path);
    } else {
      writeFile(path);
    }
    free(path);
  }
  osFreeNames(&names);
}

void hearthWriteFolder(void) {
  hearthPutNumber((uint64_t)isAllChanged);
  writeTree("");
  hearthPutNumber(kEndOfFolder);
}

/* What the checkpoint names, in the order of the tree. */
typedef struct {
  char** paths;
  size_t count;
} Kept;

static int byText(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static void removeOthers(const char* folder, const Kept* kept) {
  OsNames names;
  if (hearthList(folder, &names) != kSuccess) return;
  for (size_t i = 0; i < names.count; ++i) {
    char* path = joined(folder, names.names[i]);
    OsStat stat;
    const int isFolder = osStatPath(path, &stat) == kSuccess && stat.kind == kFolderKind;
    if (isFolder) removeOthers(path, kept);
    if (kept->count == 0 || bsearch(&path, kept->paths, kept->count, sizeof *kept->paths, byText) == NULL) {
      if (isFolder)
        osRemoveFolder(path);
      else
        osRemoveFile(path);
    }
    free(path);
  }
  osFreeNames(&names);
}

static void readItem(uint64_t item, const char* path) {
  OsStat stat;
  const int isThere = osStatPath(path, &stat) == kSuccess;
  if (item == kFolderItem) {
    if (!isThere && osMakeFolder(path) != kSuccess) hearthDie("its folders cannot be put back");
  } else if (item == kChangedItem) {
    hearthReadBytesInto(path);
    hearthMarkChanged(path);
  } else if (!isThere) {
    hearthDie("an input that it had is not there");
  }
}

/* A checkpoint may come from a stranger: its paths are held to what a guest may name. */
void hearthCheckPath(const char* path) {
  if (path[0] == '\0' || path[0] == '/' || hearthIsReserved(path))
    hearthDie("the checkpoint names a path that no task has");
  for (const char* at = path; at != NULL; at = strchr(at, '/')) {
    if (*at == '/') ++at;
    const size_t part = strcspn(at, "/");
    if (part == 0 || strspn(at, ".") == part || strpbrk(at, "\\:") != NULL) {
      hearthDie("the checkpoint names a path that no task has");
    }
  }
}

void hearthReadFolder(void) {
  Kept kept = {NULL, 0};
  const int all = (int)hearthTakeNumber(1);
  for (uint64_t item; (item = hearthTakeNumber(kChangedItem)) != kEndOfFolder;) {
    char* path = hearthTakeText();
    hearthCheckPath(path);
    readItem(item, path);
    if (kept.count == kMostNames) hearthDie("the checkpoint names too many files");
    kept.paths = hearthResize(kept.paths, (kept.count + 1) * sizeof *kept.paths);
    kept.paths[kept.count++] = path;
  }
  isAllChanged = all;
  if (kept.count > 0) qsort(kept.paths, kept.count, sizeof *kept.paths, byText);
  removeOthers("", &kept);
  for (size_t i = 0; i < kept.count; ++i) free(kept.paths[i]);
  free(kept.paths);
}
