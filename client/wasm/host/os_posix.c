/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "os.h"

enum { kNameBytes = 256, kStackBytes = 64 << 20 };

static int root = -1;

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
    case ELOOP:
      return kLoop;
    case EMFILE:
    case ENFILE:
      return kTooManyFiles;
    case ENAMETOOLONG:
      return kNameTooLong;
    case ENOENT:
      return kNoEntry;
    case ENOMEM:
      return kNoMemory;
    case EDQUOT:
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
  root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) hearthDie("its folder cannot be opened");
  signal(SIGXFSZ, SIG_IGN); /* a file that becomes too long is an error number, as for the guest so for a checkpoint */
  struct rlimit stack;
  if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < kStackBytes) {
    stack.rlim_cur = stack.rlim_max < kStackBytes ? stack.rlim_max : kStackBytes;
    setrlimit(RLIMIT_STACK, &stack);
  }
}

/* Opens the folder above the last part of a path, one part after the other, and leaves the last part in `name`. */
static int openParent(const char* path, int* parent, char name[kNameBytes]) {
  int at = dup(root);
  for (;;) {
    if (at < 0) return wasiError(errno);
    const char* slash = strchr(path, '/');
    const size_t size = slash == NULL ? strlen(path) : (size_t)(slash - path);
    if (size >= kNameBytes) {
      close(at);
      return kNameTooLong;
    }
    memcpy(name, path, size);
    name[size] = '\0';
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) { /* not normal: nothing that was checked leads here */
      close(at);
      return kNotCapable;
    }
    if (slash == NULL) break;
    const int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int error = errno;
    close(at);
    if (next < 0) return error == ENOTDIR ? kNotFolder : wasiError(error);
    at = next;
    path = slash + 1;
  }
  if (name[0] == '\0') strcpy(name, ".");
  *parent = at;
  return kSuccess;
}

static int openFlags(int flags) {
  int out = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  out |= (flags & kOsWrite) == 0 ? O_RDONLY : (flags & kOsRead) == 0 ? O_WRONLY : O_RDWR;
  if (flags & kOsCreate) out |= O_CREAT;
  if (flags & kOsExclusive) out |= O_EXCL;
  if (flags & kOsTruncate) out |= O_TRUNC;
  if (flags & kOsAppend) out |= O_APPEND;
  return out;
}

/* O_NONBLOCK keeps a fifo from blocking here; what is no regular file is given back at once. */
int osOpen(const char* path, int flags, int* file) {
  char name[kNameBytes];
  int parent;
  int failed = openParent(path, &parent, name);
  if (failed) return failed;
  const int opened = openat(parent, name, openFlags(flags), 0666);
  failed = lastError(opened < 0);
  close(parent);
  if (failed) return failed;
  struct stat stat;
  if (fstat(opened, &stat) != 0 || !S_ISREG(stat.st_mode)) {
    close(opened);
    return S_ISDIR(stat.st_mode) ? kIsFolder : kAccess;
  }
  *file = opened;
  return kSuccess;
}

int osClose(int file) { return lastError(close(file) != 0); }

int osRead(int file, void* bytes, size_t size, size_t* done) {
  ssize_t got;
  do got = read(file, bytes, size);
  while (got < 0 && errno == EINTR);
  *done = got < 0 ? 0 : (size_t)got;
  return lastError(got < 0);
}

int osWrite(int file, const void* bytes, size_t size, size_t* done) {
  ssize_t put;
  do put = write(file, bytes, size);
  while (put < 0 && errno == EINTR);
  *done = put < 0 ? 0 : (size_t)put;
  return lastError(put < 0);
}

int osSeek(int file, int64_t offset, int from, uint64_t* now) {
  static const int kFrom[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  const off_t at = lseek(file, offset, kFrom[from]);
  *now = at < 0 ? 0 : (uint64_t)at;
  return lastError(at < 0);
}

int osTruncate(int file, uint64_t size) { return lastError(ftruncate(file, (off_t)size) != 0); }

int osSync(int file) { return lastError(fsync(file) != 0); }

static void fillStat(const struct stat* from, OsStat* to) {
  to->kind = S_ISREG(from->st_mode)   ? kFileKind
             : S_ISDIR(from->st_mode) ? kFolderKind
             : S_ISLNK(from->st_mode) ? kLinkKind
             : S_ISCHR(from->st_mode) ? kCharacterKind
                                      : kUnknownKind;
  to->size = to->kind == kFileKind ? (uint64_t)from->st_size : 0;
  to->modified = (uint64_t)from->st_mtim.tv_sec * 1000000000u + (uint64_t)from->st_mtim.tv_nsec;
}

int osStatFile(int file, OsStat* out) {
  struct stat stat;
  if (fstat(file, &stat) != 0) return wasiError(errno);
  fillStat(&stat, out);
  return kSuccess;
}

int osStatPath(const char* path, OsStat* out) {
  char name[kNameBytes];
  int parent;
  int failed = openParent(path, &parent, name);
  if (failed) return failed;
  struct stat stat;
  failed = lastError(fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) != 0);
  close(parent);
  if (!failed) fillStat(&stat, out);
  return failed;
}

int osMakeFolder(const char* path) {
  char name[kNameBytes];
  int parent;
  int failed = openParent(path, &parent, name);
  if (failed) return failed;
  failed = lastError(mkdirat(parent, name, 0777) != 0);
  close(parent);
  return failed;
}

static int removeAt(const char* path, int flags) {
  char name[kNameBytes];
  int parent;
  int failed = openParent(path, &parent, name);
  if (failed) return failed;
  failed = lastError(unlinkat(parent, name, flags) != 0);
  close(parent);
  return failed;
}

int osRemoveFile(const char* path) { return removeAt(path, 0); }

int osRemoveFolder(const char* path) { return removeAt(path, AT_REMOVEDIR); }

int osRename(const char* from, const char* to) {
  char fromName[kNameBytes];
  char toName[kNameBytes];
  int fromParent;
  int toParent;
  int failed = openParent(from, &fromParent, fromName);
  if (failed) return failed;
  failed = openParent(to, &toParent, toName);
  if (!failed) {
    failed = lastError(renameat(fromParent, fromName, toParent, toName) != 0);
    close(toParent);
  }
  close(fromParent);
  return failed;
}

static int byName(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

int osList(const char* path, OsNames* names) {
  char name[kNameBytes];
  int parent;
  names->names = NULL;
  names->count = 0;
  const int failed = openParent(path, &parent, name);
  if (failed) return failed;
  const int opened = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const int error = errno;
  close(parent);
  if (opened < 0) return wasiError(error);
  DIR* folder = fdopendir(opened);
  if (folder == NULL) {
    close(opened);
    return kNoMemory;
  }
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    names->names = hearthResize(names->names, (names->count + 1) * sizeof *names->names);
    names->names[names->count++] = hearthCopyText(entry->d_name);
  }
  closedir(folder);
  if (names->count > 0) qsort(names->names, names->count, sizeof *names->names, byName);
  return kSuccess;
}

int osOpenAnywhere(const char* path, int flags, int* file) {
  *file = open(path, openFlags(flags), 0600);
  return lastError(*file < 0);
}

/* Durable: the new name is on the disk when this returns. */
int osReplaceAnywhere(const char* from, const char* to) {
  if (rename(from, to) != 0) return wasiError(errno);
  char* folder = hearthCopyText(to);
  char* slash = strrchr(folder, '/');
  if (slash != NULL) slash[slash == folder ? 1 : 0] = '\0';
  const int opened = open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(folder);
  if (opened < 0) return wasiError(errno);
  const int failed = lastError(fsync(opened) != 0);
  close(opened);
  return failed;
}

void osRemoveAnywhere(const char* path) { unlink(path); }

void* osReserve(size_t bytes) {
  void* at = mmap(NULL, bytes, PROT_NONE, MAP_ANONYMOUS | MAP_PRIVATE | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

int osCommit(void* at, size_t bytes) { return mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0; }

void* osResize(void* old, size_t before, size_t bytes) {
  if (bytes == before) return old;
  void* at = before == 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0)
                         : mremap(old, before, bytes, MREMAP_MAYMOVE);
  return at == MAP_FAILED ? NULL : at;
}

static void (*faultHandler)(const void*);

static void onSignal(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  faultHandler(info->si_addr);
}

void osCatchFaults(void (*onFault)(const void* address)) {
  static uint8_t alternate[65536];
  const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = onSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  faultHandler = onFault;
  if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0 ||
      sigaction(SIGBUS, &action, NULL) != 0) {
    hearthDie("faults of it cannot be caught here");
  }
}

void osCatchWish(void (*onWish)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = onWish;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
}

void osIgnoreWish(void) { signal(SIGUSR1, SIG_IGN); }

static uint64_t timeOf(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t osRealTime(void) { return timeOf(CLOCK_REALTIME); }

uint64_t osSteadyTime(void) { return timeOf(CLOCK_MONOTONIC); }

void osSleep(uint64_t nanoseconds) {
  const struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  nanosleep(&time, NULL);
}
