/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "os.h"
#include "streams.h"
#include "woven.h"

/* The file: a head that says of which module and task it is, memory without its pages of zeros, globals, frames, state
 * of the host, and a checksum of all before it. All numbers are little-endian, as on every processor that we build for.
 */

enum { kVersion = 2, kPieceBytes = 4096, kBufferBytes = 1 << 18, kMostText = 1 << 16 };
static const char kMagic[8] = {'H', 'E', 'A', 'R', 'T', 'H', 'C', 'P'};

static char* path;    /* NULL: nobody asks for checkpoints */
static char* newPath; /* where the next one is written before it takes its place */
static const char* task = "";

/* ---- the stream ---- */

static int file = -1;
static uint8_t buffer[kBufferBytes];
static size_t filled;
static size_t taken;
static int hasFailed;
static uint64_t sum;

static uint64_t rotate(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

/* Not against a forger, whom nothing here could stop: against a disk and a network. */
static void addToSum(const uint8_t* bytes, size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    sum = rotate((sum ^ word) * UINT64_C(0x9fb21c651e98df25), 29) + UINT64_C(0x632be59bd9b4e019);
  }
  for (; size > 0; ++bytes, --size) sum = rotate((sum ^ *bytes) * UINT64_C(0x9fb21c651e98df25), 29) + 1;
}

static void flush(void) {
  addToSum(buffer, filled);
  if (!hasFailed && !osWriteAll(file, buffer, filled)) hasFailed = 1;
  filled = 0;
}

void hearthPut(const void* bytes, size_t size) {
  const uint8_t* from = bytes;
  while (size > 0) {
    if (filled == sizeof buffer) flush();
    const size_t piece = size < sizeof buffer - filled ? size : sizeof buffer - filled;
    memcpy(buffer + filled, from, piece);
    filled += piece;
    from += piece;
    size -= piece;
  }
}

void hearthPutNumber(uint64_t number) { hearthPut(&number, sizeof number); }

void hearthPutText(const char* text) {
  hearthPutNumber(strlen(text));
  hearthPut(text, strlen(text));
}

static size_t refill(void) {
  taken = 0;
  if (osRead(file, buffer, sizeof buffer, &filled) != kSuccess) filled = 0;
  return filled;
}

void hearthTake(void* bytes, size_t size) {
  uint8_t* to = bytes;
  while (size > 0) {
    if (taken == filled && refill() == 0) hearthDie("its checkpoint ends too early");
    const size_t piece = size < filled - taken ? size : filled - taken;
    memcpy(to, buffer + taken, piece);
    taken += piece;
    to += piece;
    size -= piece;
  }
}

uint64_t hearthTakeNumber(uint64_t most) {
  uint64_t number;
  hearthTake(&number, sizeof number);
  if (number > most) hearthDie("its checkpoint holds a number that cannot be");
  return number;
}

char* hearthTakeText(void) {
  const size_t size = (size_t)hearthTakeNumber(kMostText);
  char* text = hearthAllocate(size + 1);
  hearthTake(text, size);
  text[size] = '\0';
  if (strlen(text) != size) hearthDie("its checkpoint holds a name that cannot be");
  return text;
}

/* ---- memory and globals ---- */

static int isZero(const uint8_t* bytes) {
  const uint64_t* words = (const uint64_t*)(const void*)bytes;
  for (size_t i = 0; i < kPieceBytes / sizeof *words; ++i) {
    if (words[i] != 0) return 0;
  }
  return 1;
}

static void putMemory(void) {
  const uint32_t pieces = hearthMemory->size / kPieceBytes;
  hearthPutNumber(hearthMemory->pages);
  for (uint32_t first = 0; first < pieces;) {
    uint32_t end = first;
    while (end < pieces && !isZero(hearthMemory->data + (size_t)end * kPieceBytes)) ++end;
    if (end > first) {
      hearthPutNumber(end - first);
      hearthPutNumber(first);
      hearthPut(hearthMemory->data + (size_t)first * kPieceBytes, (size_t)(end - first) * kPieceBytes);
    }
    first = end + 1;
  }
  hearthPutNumber(0);
}

/* What the module begins with, its data, is not there if it was overwritten by zeros. Pages that nobody touched stay
 * so: they take no memory. */
static void clearMemory(void) {
  for (size_t at = 0; at < hearthMemory->size; at += kPieceBytes) {
    if (!isZero(hearthMemory->data + at)) memset(hearthMemory->data + at, 0, kPieceBytes);
  }
}

static void takeMemory(void) {
  const uint32_t pages = (uint32_t)hearthTakeNumber(UINT32_MAX);
  if (pages < hearthMemory->pages || wasm_rt_grow_memory(hearthMemory, pages - hearthMemory->pages) == UINT32_MAX) {
    hearthDie("there is not enough memory for what it had");
  }
  clearMemory();
  const uint32_t pieces = hearthMemory->size / kPieceBytes;
  for (uint32_t count; (count = (uint32_t)hearthTakeNumber(pieces)) != 0;) {
    const uint32_t first = (uint32_t)hearthTakeNumber(pieces - count);
    hearthTake(hearthMemory->data + (size_t)first * kPieceBytes, (size_t)count * kPieceBytes);
  }
}

static void putGlobal(void* cell, uint32_t bytes) { hearthPut(cell, bytes); }
static void takeGlobal(void* cell, uint32_t bytes) { hearthTake(cell, bytes); }

extern const HearthModule* hearthModule;

/* ---- which checkpoint ---- */

static void onWish(int signal) {
  (void)signal;
  hearthWanted = 1;
}

void hearthPrepareCheckpoint(void) {
  const char* name = getenv("HEARTH_CHECKPOINT");
  const char* whose = getenv("HEARTH_TASK");
  if (whose != NULL && strlen(whose) <= kMostText) task = whose;
  osIgnoreWish();
  if (name == NULL || name[0] == '\0') return;
  path = hearthCopyText(name);
  newPath = hearthAllocate(strlen(name) + sizeof ".new");
  strcpy(newPath, name);
  strcat(newPath, ".new");
}

int hearthKeepsCheckpoints(void) { return path != NULL; }

const char* hearthTask(void) { return task; }

/* Why the open file cannot be gone on from, or NULL: then the stream stands behind the head. */
static const char* readHead(void) {
  char magic[sizeof kMagic];
  uint8_t digest[sizeof hearthModuleDigest];
  hearthTake(magic, sizeof magic);
  if (memcmp(magic, kMagic, sizeof magic) != 0) return "it is no checkpoint";
  if (hearthTakeNumber(UINT64_MAX) != kVersion) return "it is of another version";
  hearthTake(digest, sizeof digest);
  if (memcmp(digest, hearthModuleDigest, sizeof digest) != 0) return "it is of another module";
  char* whose = hearthTakeText();
  const int isOurs = strcmp(whose, task) == 0;
  free(whose);
  return isOurs ? NULL : "it is of another task";
}

static const char* checkSum(void) {
  uint64_t size;
  uint64_t now;
  uint64_t expected;
  if (osSeek(file, 0, 2, &size) != kSuccess || size < sizeof kMagic + 2 * sizeof expected + sizeof hearthModuleDigest) {
    return "it is not whole";
  }
  osSeek(file, 0, 0, &now);
  sum = 0;
  for (uint64_t left = size - sizeof expected; left > 0;) {
    size_t done;
    const size_t piece = left < sizeof buffer ? (size_t)left : sizeof buffer;
    filled = 0;
    while (filled < piece) {
      if (osRead(file, buffer + filled, piece - filled, &done) != kSuccess || done == 0) return "it cannot be read";
      filled += done;
    }
    addToSum(buffer, piece);
    left -= piece;
  }
  size_t done;
  if (osRead(file, &expected, sizeof expected, &done) != kSuccess || done != sizeof expected)
    return "it cannot be read";
  osSeek(file, 0, 0, &now);
  filled = taken = 0;
  return expected == sum ? NULL : "it is damaged";
}

int hearthResume(void) {
  if (path == NULL) return 0;
  const char* unfit = NULL;
  const int missing = osOpenAnywhere(path, kOsRead, &file);
  if (!missing) unfit = checkSum();
  if (!missing && unfit == NULL) unfit = readHead();
  if (!missing && unfit == NULL) {
    takeMemory();
    hearthModule->visitGlobals(takeGlobal);
    hearthReadFrames();
    hearthReadState();
  }
  if (!missing) osClose(file);
  if (unfit != NULL) hearthWarn("the checkpoint is not used, and the task starts afresh", unfit);
  osCatchWish(onWish);
  return !missing && unfit == NULL;
}

static const char* writeAll(void) {
  filled = 0;
  sum = 0;
  hasFailed = 0;
  hearthPut(kMagic, sizeof kMagic);
  hearthPutNumber(kVersion);
  hearthPut(hearthModuleDigest, sizeof hearthModuleDigest);
  hearthPutText(task);
  putMemory();
  hearthModule->visitGlobals(putGlobal);
  hearthWriteFrames();
  hearthWriteState();
  flush();
  if (!hasFailed && !osWriteAll(file, &sum, sizeof sum)) hasFailed = 1;
  if (!hasFailed && osSync(file) != kSuccess) hasFailed = 1;
  return hasFailed ? "it cannot be written; is the disk full?" : NULL;
}

void hearthWriteCheckpoint(void) {
  const char* failed = hearthStreamsFit() ? NULL : "what the module wrote to its output is too long for one";
  if (failed == NULL && osOpenAnywhere(newPath, kOsWrite | kOsCreate | kOsTruncate, &file) != kSuccess) {
    failed = "its file cannot be made";
  } else if (failed == NULL) {
    failed = writeAll();
    osClose(file);
  }
  if (failed == NULL && osReplaceAnywhere(newPath, path) != kSuccess) failed = "it cannot be put in its place";
  if (failed == NULL) return;
  osRemoveAnywhere(newPath);
  hearthWarn("no checkpoint was written, the last one stays", failed);
}
