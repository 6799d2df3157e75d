/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _WIN32_WINNT 0x0602
#define WIN32_LEAN_AND_MEAN
#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "host.h"
#include "os.h"

/* Windows as mingw sees it. Files are descriptors of the C library in binary mode. A reparse point, Windows' kind of
 * link, is refused at each part of a path. Nobody can ask for a checkpoint here: there is no such signal. */

enum { kWideChars = 8192 };

static const uint64_t kTicksTo1970 = UINT64_C(116444736000000000);

static int wasiError(int error) {
  switch (error) {
    case 0:
      return kSuccess;
    case EACCES:
      return kAccess;
    case EBADF:
      return kBadFile;
    case EBUSY:
      return kBusy;
    case EEXIST:
      return kExists;
    case EFBIG:
      return kFileTooBig;
    case EINVAL:
      return kInvalid;
    case EISDIR:
      return kIsFolder;
    case EMFILE:
    case ENFILE:
      return kTooManyFiles;
    case ENAMETOOLONG:
      return kNameTooLong;
    case ENOENT:
      return kNoEntry;
    case ENOMEM:
      return kNoMemory;
    case ENOSPC:
      return kNoSpace;
    case ENOTDIR:
      return kNotFolder;
    case ENOTEMPTY:
      return kNotEmpty;
    case EPERM:
      return kNotPermitted;
    case EROFS:
      return kReadOnly;
    case ESPIPE:
      return kNoSeek;
    case EXDEV:
      return kCrossDevice;
    default:
      return kIo;
  }
}

static int lastError(int failed) { return failed ? wasiError(errno) : kSuccess; }

void osStart(void) {
  for (int stream = 0; stream < 3; ++stream) _setmode(stream, _O_BINARY);
}

/* The path as Windows wants it; an error when a part of it is a reparse point. */
static int widePath(const char* path, wchar_t out[kWideChars]) {
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path[0] == '\0' ? "." : path, -1, out, kWideChars) == 0) {
    return kNameTooLong;
  }
  for (wchar_t* at = out;; ++at) {
    if (*at != L'/' && *at != L'\0') continue;
    const wchar_t end = *at;
    *at = L'\0';
    const DWORD attributes = GetFileAttributesW(out);
    *at = end == L'/' ? L'\\' : end;
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return kLoop;
    if (end == L'\0') return kSuccess;
  }
}

static int systemError(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return kNoEntry;
    case ERROR_ACCESS_DENIED:
      return kAccess;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
      return kExists;
    case ERROR_SHARING_VIOLATION:
      return kBusy;
    case ERROR_DISK_FULL:
      return kNoSpace;
    case ERROR_TOO_MANY_OPEN_FILES:
      return kTooManyFiles;
    default:
      return kIo;
  }
}

static DWORD dispositionOf(int flags) {
  if ((flags & kOsCreate) == 0) return (flags & kOsTruncate) ? TRUNCATE_EXISTING : OPEN_EXISTING;
  return (flags & kOsExclusive) ? CREATE_NEW : (flags & kOsTruncate) ? CREATE_ALWAYS : OPEN_ALWAYS;
}

/* By the system's call and not _wopen: a file that is open may be removed and renamed, as everywhere else. */
static int openWide(const wchar_t* wide, int flags, int* file) {
  const DWORD access = ((flags & kOsRead) ? GENERIC_READ : 0) | ((flags & kOsWrite) ? GENERIC_WRITE : 0);
  const HANDLE handle = CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                    dispositionOf(flags), FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
  if (handle == INVALID_HANDLE_VALUE) return systemError(GetLastError());
  *file = _open_osfhandle((intptr_t)handle, _O_BINARY | ((flags & kOsAppend) ? _O_APPEND : 0));
  if (*file >= 0) return kSuccess;
  CloseHandle(handle);
  return kTooManyFiles;
}

int osOpen(const char* path, int flags, int* file) {
  wchar_t wide[kWideChars];
  const int failed = widePath(path, wide);
  return failed ? failed : openWide(wide, flags, file);
}

int osClose(int file) { return lastError(_close(file) != 0); }

int osRead(int file, void* bytes, size_t size, size_t* done) {
  const int got = _read(file, bytes, size > INT_MAX ? INT_MAX : (unsigned)size);
  *done = got < 0 ? 0 : (size_t)got;
  return lastError(got < 0);
}

int osWrite(int file, const void* bytes, size_t size, size_t* done) {
  const int put = _write(file, bytes, size > INT_MAX ? INT_MAX : (unsigned)size);
  *done = put < 0 ? 0 : (size_t)put;
  return lastError(put < 0);
}

int osSeek(int file, int64_t offset, int from, uint64_t* now) {
  static const int kFrom[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  const int64_t at = _lseeki64(file, offset, kFrom[from]);
  *now = at < 0 ? 0 : (uint64_t)at;
  return lastError(at < 0);
}

int osTruncate(int file, uint64_t size) { return wasiError(_chsize_s(file, (int64_t)size)); }

int osSync(int file) { return lastError(_commit(file) != 0); }

static uint64_t sinceEpoch(FILETIME time) {
  const uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
  return ticks > kTicksTo1970 ? (ticks - kTicksTo1970) * 100 : 0;
}

int osStatFile(int file, OsStat* out) {
  BY_HANDLE_FILE_INFORMATION info;
  if (!GetFileInformationByHandle((HANDLE)_get_osfhandle(file), &info)) return kIo;
  out->kind = kFileKind;
  out->size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
  out->modified = sinceEpoch(info.ftLastWriteTime);
  return kSuccess;
}

int osStatPath(const char* path, OsStat* out) {
  wchar_t wide[kWideChars];
  WIN32_FILE_ATTRIBUTE_DATA data;
  const int failed = widePath(path, wide);
  if (failed) return failed;
  if (!GetFileAttributesExW(wide, GetFileExInfoStandard, &data)) return kNoEntry;
  const int isFolder = (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  out->kind = isFolder ? kFolderKind : kFileKind;
  out->size = isFolder ? 0 : (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
  out->modified = sinceEpoch(data.ftLastWriteTime);
  return kSuccess;
}

int osMakeFolder(const char* path) {
  wchar_t wide[kWideChars];
  const int failed = widePath(path, wide);
  return failed ? failed : lastError(_wmkdir(wide) != 0);
}

/* A file that is open keeps its name until it is closed, so it first gets one that no guest sees. */
int osRemoveFile(const char* path) {
  static unsigned removed;
  wchar_t wide[kWideChars];
  wchar_t hidden[64];
  const int failed = widePath(path, wide);
  if (failed) return failed;
  swprintf(hidden, sizeof hidden / sizeof *hidden, L".hearth-gone-%u", ++removed);
  const DWORD attributes = GetFileAttributesW(wide);
  const int isFile = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
  const int isMoved = isFile && MoveFileExW(wide, hidden, MOVEFILE_REPLACE_EXISTING);
  return DeleteFileW(isMoved ? hidden : wide) ? kSuccess : systemError(GetLastError());
}

int osRemoveFolder(const char* path) {
  wchar_t wide[kWideChars];
  const int failed = widePath(path, wide);
  return failed ? failed : lastError(_wrmdir(wide) != 0);
}

int osRename(const char* from, const char* to) {
  wchar_t wideFrom[kWideChars];
  wchar_t wideTo[kWideChars];
  int failed = widePath(from, wideFrom);
  if (!failed) failed = widePath(to, wideTo);
  if (failed) return failed;
  return MoveFileExW(wideFrom, wideTo, MOVEFILE_REPLACE_EXISTING) ? kSuccess : systemError(GetLastError());
}

static int byName(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static void addName(OsNames* names, const wchar_t* wide) {
  char name[1024];
  if (wcscmp(wide, L".") == 0 || wcscmp(wide, L"..") == 0) return;
  if (WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, name, sizeof name, NULL, NULL) == 0) return;
  names->names = hearthResize(names->names, (names->count + 1) * sizeof *names->names);
  names->names[names->count++] = hearthCopyText(name);
}

int osList(const char* path, OsNames* names) {
  wchar_t wide[kWideChars];
  WIN32_FIND_DATAW entry;
  names->names = NULL;
  names->count = 0;
  const int failed = widePath(path, wide);
  if (failed) return failed;
  if (wcslen(wide) + 3 > kWideChars) return kNameTooLong;
  wcscat(wide, L"\\*");
  const HANDLE find = FindFirstFileW(wide, &entry);
  if (find == INVALID_HANDLE_VALUE) return kNoEntry;
  do addName(names, entry.cFileName);
  while (FindNextFileW(find, &entry));
  FindClose(find);
  if (names->count > 0) qsort(names->names, names->count, sizeof *names->names, byName);
  return kSuccess;
}

int osOpenAnywhere(const char* path, int flags, int* file) {
  wchar_t wide[kWideChars];
  if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, kWideChars) == 0) return kNameTooLong;
  return openWide(wide, flags, file);
}

int osReplaceAnywhere(const char* from, const char* to) {
  wchar_t wideFrom[kWideChars];
  wchar_t wideTo[kWideChars];
  if (MultiByteToWideChar(CP_UTF8, 0, from, -1, wideFrom, kWideChars) == 0 ||
      MultiByteToWideChar(CP_UTF8, 0, to, -1, wideTo, kWideChars) == 0) {
    return kNameTooLong;
  }
  return MoveFileExW(wideFrom, wideTo, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ? kSuccess : kIo;
}

void osRemoveAnywhere(const char* path) {
  wchar_t wide[kWideChars];
  if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, kWideChars) != 0) _wunlink(wide);
}

void* osReserve(size_t bytes) { return VirtualAlloc(NULL, bytes, MEM_RESERVE, PAGE_NOACCESS); }

int osCommit(void* at, size_t bytes) { return VirtualAlloc(at, bytes, MEM_COMMIT, PAGE_READWRITE) == at; }

void* osResize(void* old, size_t before, size_t bytes) {
  uint8_t* at = realloc(old, bytes == 0 ? 1 : bytes);
  if (at != NULL) memset(at + before, 0, bytes - before);
  return at;
}

static void (*faultHandler)(const void*);

static LONG CALLBACK onException(PEXCEPTION_POINTERS info) {
  const EXCEPTION_RECORD* record = info->ExceptionRecord;
  if (record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record->NumberParameters >= 2) {
    faultHandler((const void*)record->ExceptionInformation[1]);
  } else if (record->ExceptionCode == EXCEPTION_STACK_OVERFLOW) {
    faultHandler(NULL);
  }
  return EXCEPTION_CONTINUE_SEARCH;
}

void osCatchFaults(void (*onFault)(const void* address)) {
  ULONG reserve = 65536;
  faultHandler = onFault;
  SetThreadStackGuarantee(&reserve);
  AddVectoredExceptionHandler(1, onException);
}

void osCatchWish(void (*onWish)(int)) { (void)onWish; }

void osIgnoreWish(void) {}

uint64_t osRealTime(void) {
  FILETIME now;
  GetSystemTimePreciseAsFileTime(&now);
  return sinceEpoch(now);
}

uint64_t osSteadyTime(void) {
  LARGE_INTEGER count;
  LARGE_INTEGER second;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&second);
  const uint64_t whole = (uint64_t)(count.QuadPart / second.QuadPart);
  return whole * 1000000000u + (uint64_t)(count.QuadPart % second.QuadPart) * 1000000000u / (uint64_t)second.QuadPart;
}

void osSleep(uint64_t nanoseconds) { Sleep((DWORD)(nanoseconds / 1000000u)); }
