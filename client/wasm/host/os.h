/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_OS_H
#define HEARTH_OS_H

#include <stddef.h>
#include <stdint.h>

/* The operating system below the host: os_posix.c, os_windows.c. Paths are relative to the folder that the program was
 * started in, normal ("a/b", no "." or "..", "" is the folder itself), and UTF-8. No link is ever followed, neither in
 * the middle nor at the end of a path. Results are error numbers of WASI preview 1. */

enum {
  kSuccess = 0,
  kAccess = 2,
  kBadFile = 8,
  kBusy = 10,
  kExists = 20,
  kFault = 21,
  kFileTooBig = 22,
  kBadSequence = 25,
  kInvalid = 28,
  kIo = 29,
  kIsFolder = 31,
  kLoop = 32,
  kTooManyFiles = 33,
  kNameTooLong = 37,
  kNoEntry = 44,
  kNoMemory = 48,
  kNoSpace = 51,
  kNoSystem = 52,
  kNotFolder = 54,
  kNotEmpty = 55,
  kNotSupported = 58,
  kNotPermitted = 63,
  kReadOnly = 69,
  kNoSeek = 70,
  kCrossDevice = 75,
  kNotCapable = 76,
};

enum { kUnknownKind = 0, kCharacterKind = 2, kFolderKind = 3, kFileKind = 4, kLinkKind = 7 };

enum { kOsRead = 1, kOsWrite = 2, kOsCreate = 4, kOsExclusive = 8, kOsTruncate = 16, kOsAppend = 32 };

#define OS_GUARDED_BYTES ((size_t)8 << 30)

typedef struct {
  uint8_t kind;
  uint64_t size;
  uint64_t modified; /* nanoseconds since 1970 */
} OsStat;

typedef struct {
  char** names; /* sorted by bytes; osFreeNames */
  size_t count;
} OsNames;

void osStart(void);
int osOpen(const char* path, int flags, int* file);
int osClose(int file);
int osRead(int file, void* bytes, size_t size, size_t* done);
int osWrite(int file, const void* bytes, size_t size, size_t* done);
/* The whole of it, or 0 when something failed. */
int osWriteAll(int file, const void* bytes, size_t size);
/* `from` is 0, 1, 2 for the start, the present place and the end. */
int osSeek(int file, int64_t offset, int from, uint64_t* now);
int osTruncate(int file, uint64_t size);
int osSync(int file);
int osStatFile(int file, OsStat* stat);
int osStatPath(const char* path, OsStat* stat);
int osMakeFolder(const char* path);
int osRemoveFile(const char* path);
int osRemoveFolder(const char* path);
int osRename(const char* from, const char* to);
int osList(const char* path, OsNames* names);
void osFreeNames(OsNames* names);

/* Outside of the folder: the checkpoint, whose path is the agent's word. */
int osOpenAnywhere(const char* path, int flags, int* file);
int osReplaceAnywhere(const char* from, const char* to);
void osRemoveAnywhere(const char* path);

/* Address space without memory; NULL: not given. */
void* osReserve(size_t bytes);
int osCommit(void* at, size_t bytes);
/* Zeroed memory grown from `before` to `bytes`, perhaps at another place; NULL: the old one stays. */
void* osResize(void* old, size_t before, size_t bytes);
/* Calls `onFault` with the address of an access that failed, in a state where it can only end the process. */
void osCatchFaults(void (*onFault)(const void* address));
/* Calls `onWish` when somebody asks for a checkpoint; before this the wish is ignored. */
void osCatchWish(void (*onWish)(int));
void osIgnoreWish(void);
uint64_t osRealTime(void);
uint64_t osSteadyTime(void);
void osSleep(uint64_t nanoseconds);

#endif
