// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-guest-init: pid 1 of a task's virtual machine (docs/sandbox.md). Static, from the initial file system. It
// reads the job from the first disk, runs its program as another user in a control group and a root of its own, writes
// what came of it to the second disk, and resets the machine, which ends it.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm_protocol.h"

enum { kBlock = 1 << 20, kPathBytes = 4096, kDepth = 64, kPageBytes = 4096 };
#define kGroup "/groups/task/"

/// Bytes in their order, from or to a disk.
struct Stream {
  int disk;
  uint64_t offset; /* of the block */
  size_t used, held;
  char* block;
};

static struct HearthVmJob job;
static struct HearthVmResult result = {.magic = kHearthVmResultMagic};
static struct Stream in, out;
static int problem; /* of writing what came of it: the first */

static _Noreturn void reset(void) {
  if (out.disk > 0) {
    ssize_t written = pwrite(out.disk, &result, sizeof result, 0);
    (void)written;
    (void)fsync(out.disk);
  }
  for (;;) (void)reboot(RB_AUTOBOOT);
}

static _Noreturn void fail(int stage) {
  result.problem = errno != 0 ? errno : EIO;
  result.stage = stage;
  reset();
}

static void readBytes(void* to, size_t bytes, int stage) {
  char* target = to;
  while (bytes > 0) {
    if (in.used == in.held) {
      ssize_t got = pread(in.disk, in.block, kBlock, (off_t)in.offset);
      if (got <= 0) fail(stage);
      in.offset += (uint64_t)got;
      in.held = (size_t)got;
      in.used = 0;
    }
    size_t part = in.held - in.used < bytes ? in.held - in.used : bytes;
    memcpy(target, in.block + in.used, part);
    in.used += part;
    target += part;
    bytes -= part;
  }
}

static void flushOut(void) {
  for (size_t done = 0; done < out.used && problem == 0;) {
    ssize_t written = pwrite(out.disk, out.block + done, out.used - done, (off_t)(out.offset + done));
    if (written <= 0) problem = written < 0 ? errno : ENOSPC;
    if (written > 0) done += (size_t)written;
  }
  out.offset += out.used;
  out.used = 0;
}

static void writeBytes(const void* from, size_t bytes) {
  const char* source = from;
  while (bytes > 0 && problem == 0) {
    size_t part = kBlock - out.used < bytes ? kBlock - out.used : bytes;
    memcpy(out.block + out.used, source, part);
    out.used += part;
    source += part;
    bytes -= part;
    if (out.used == kBlock) flushOut();
  }
}

static void writeText(const char* file, const char* text) {
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) fail(kVmStageLimits);
  close(fd);
}

static uint64_t readNumber(const char* file, const char* key) {
  char text[4096];
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0) close(fd);
  if (got <= 0) return 0;
  text[got] = 0;
  const char* at = *key != 0 ? strstr(text, key) : text;
  return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

// Modules do not see the kernel's command line by themselves.
static void loadModule(const char* path, const char* prefix) {
  static char line[4096], options[4096];
  options[0] = 0;
  int cmdline = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t got = cmdline >= 0 ? read(cmdline, line, sizeof line - 1) : 0;
  if (cmdline >= 0) close(cmdline);
  line[got > 0 ? got : 0] = 0;
  for (char* word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
    if (strncmp(word, prefix, strlen(prefix)) != 0) continue;
    strcat(options, word + strlen(prefix));
    strcat(options, " ");
  }
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return; /* built into this kernel */
  (void)syscall(SYS_finit_module, file, options, 0);
  close(file);
}

static int openDisk(const char* path, int flags) {
  for (int tries = 0; tries < 5000; ++tries) {
    int disk = open(path, flags | O_CLOEXEC);
    if (disk >= 0) return disk;
    usleep(2000);
  }
  return -1;
}

static void prepare(void) {
  (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
  (void)mount("proc", "/proc", "proc", 0, NULL);
  loadModule("/modules/virtio_ring.ko", "virtio_ring.");
  loadModule("/modules/virtio.ko", "virtio.");
  loadModule("/modules/virtio_mmio.ko", "virtio_mmio.");
  loadModule("/modules/virtio_blk.ko", "virtio_blk.");
  in.block = malloc(kBlock);
  out.block = malloc(kBlock);
  out.disk = openDisk("/dev/vdb", O_RDWR);
  in.disk = openDisk("/dev/vda", O_RDONLY);
  if (in.disk < 0 || out.disk < 0 || in.block == NULL || out.block == NULL) fail(kVmStageDisks);
}

static void mountSized(const char* target, uint64_t bytes, const char* mode) {
  char options[96];
  /* Each name takes at least a page of the task's disk outside, also that of an empty file. */
  snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=%s", (unsigned long long)bytes,
           (unsigned long long)(bytes / kPageBytes + 2), mode);
  if (mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) fail(kVmStageUnpack);
}

static void unpackFile(const char* path, const struct HearthVmEntry* entry, int isWork) {
  static char piece[64 * 1024];
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, entry->executable != 0 ? 0755 : 0644);
  if (file < 0) fail(kVmStageUnpack);
  for (uint64_t left = entry->dataBytes; left > 0;) {
    size_t part = left < sizeof piece ? (size_t)left : sizeof piece;
    readBytes(piece, part, kVmStageUnpack);
    if (write(file, piece, part) != (ssize_t)part) fail(kVmStageUnpack);
    left -= part;
  }
  if (isWork) {
    /* What still has this time at the end was not written to. */
    struct timespec early[2] = {{1, 0}, {1, 0}};
    if (fchown(file, job.user, job.group) != 0 || futimens(file, early) != 0) fail(kVmStageUnpack);
  }
  close(file);
}

static void unpack(void) {
  static char path[kPathBytes + 8], target[kPathBytes];
  for (;;) {
    struct HearthVmEntry entry;
    readBytes(&entry, sizeof entry, kVmStageUnpack);
    if (entry.kind == kVmEnd) return;
    errno = EINVAL;
    if (entry.pathBytes >= kPathBytes - 8) fail(kVmStageUnpack);
    memcpy(path, "/task/", 6);
    readBytes(path + 6, entry.pathBytes, kVmStageUnpack);
    path[6 + entry.pathBytes] = 0;
    int isWork = strncmp(path + 6, "work/", 5) == 0;
    char* place = isWork ? path : memcpy(path + 5, "/task", 5); /* "root/x" becomes /task/x */
    if (entry.kind == kVmFile) {
      unpackFile(place, &entry, isWork);
    } else if (entry.kind == kVmFolder) {
      if ((mkdir(place, 0755) != 0 && errno != EEXIST) || (isWork && chown(place, job.user, job.group) != 0))
        fail(kVmStageUnpack);
    } else {
      if (entry.dataBytes >= sizeof target) fail(kVmStageUnpack);
      readBytes(target, (size_t)entry.dataBytes, kVmStageUnpack);
      target[entry.dataBytes] = 0;
      if (symlink(target, place) != 0) fail(kVmStageUnpack);
    }
  }
}

static void makeRoot(void) {
  mountSized("/task", job.rootBytes, "0755");
  static const char* const folders[] = {"/task/work", "/task/tmp", "/task/proc", "/task/dev"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) (void)mkdir(folders[i], 0755);
  mountSized("/task/work", job.workBytes, "0755");
  if (chown("/task/work", job.user, job.group) != 0) fail(kVmStageUnpack);
  unpack();
  mountSized("/task/tmp", job.temporaryBytes, "1777");
  if (mount("proc", "/task/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0 ||
      mount("tmpfs", "/task/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,mode=0755") != 0)
    fail(kVmStageUnpack);
  static const struct {
    const char* path;
    int minor;
  } nodes[] = {{"/task/dev/null", 3},
               {"/task/dev/zero", 5},
               {"/task/dev/full", 7},
               {"/task/dev/random", 8},
               {"/task/dev/urandom", 9}};
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; ++i) {
    if (mknod(nodes[i].path, S_IFCHR | 0666, makedev(1, nodes[i].minor)) != 0 || chmod(nodes[i].path, 0666) != 0)
      fail(kVmStageUnpack);
  }
  if (mount(NULL, "/task", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) != 0) fail(kVmStageUnpack);
}

static void makeGroup(void) {
  char number[32];
  if (mount("groups", "/groups", "cgroup2", 0, NULL) != 0) fail(kVmStageLimits);
  writeText("/groups/cgroup.subtree_control", "+memory +pids");
  if (mkdir("/groups/task", 0755) != 0) fail(kVmStageLimits);
  snprintf(number, sizeof number, "%llu", (unsigned long long)job.memoryBytes);
  writeText(kGroup "memory.max", number);
  writeText(kGroup "memory.oom.group", "1");
  snprintf(number, sizeof number, "%u", job.processes);
  writeText(kGroup "pids.max", number);
}

// The strings of the text as a list for execve, `position` moved behind them.
static char** takeStrings(uint32_t count, char** position, const char* end) {
  char** list = calloc((size_t)count + 1, sizeof *list);
  if (list == NULL) fail(kVmStageJob);
  for (uint32_t i = 0; i < count; ++i) {
    char* stop = *position < end ? memchr(*position, 0, (size_t)(end - *position)) : NULL;
    errno = EINVAL;
    if (stop == NULL) fail(kVmStageJob);
    list[i] = *position;
    *position = stop + 1;
  }
  return list;
}

static int limit(int resource, uint64_t most) {
  struct rlimit both = {most, most};
  return setrlimit(resource, &both) == 0;
}

static _Noreturn void becomeProgram(char** arguments, char** environment, char** places, int output, int error,
                                    int report) {
  writeText(kGroup "cgroup.procs", "0");
  const char* from = *places[1] != 0 ? places[1] : "/dev/null";
  sigset_t empty;
  sigemptyset(&empty);
  /* A file that is written meets the end of its file system first, one of holes only this limit. */
  int ok = chroot("/task") == 0 && chdir("/work") == 0 && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 1024) &&
           limit(RLIMIT_FSIZE, job.workBytes + kPageBytes) && limit(RLIMIT_MEMLOCK, 64 * 1024) &&
           limit(RLIMIT_MSGQUEUE, 0) && limit(RLIMIT_SIGPENDING, 1024) && setgroups(0, NULL) == 0 &&
           setresgid(job.group, job.group, job.group) == 0 && setresuid(job.user, job.user, job.user) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  int input = ok ? open(from, O_RDONLY) : -1;
  ok = ok && input >= 0 && chdir(places[0]) == 0 && dup2(input, 0) == 0 && dup2(output, 1) == 1 &&
       dup2(error, 2) == 2 && setsid() > 0;
  (void)sigprocmask(SIG_SETMASK, &empty, NULL);
  (void)syscall(SYS_close_range, 3, (unsigned)report - 1, 0);
  (void)syscall(SYS_close_range, (unsigned)report + 1, ~0U, 0);
  if (ok) execve(arguments[0], arguments, environment);
  int why = errno;
  ssize_t sent = write(report, &why, sizeof why);
  (void)sent;
  _exit(127);
}

// Keeps of a stream what there is room for. False at its end.
static int drain(int pipe, uint64_t at, uint64_t room, uint64_t* kept, uint64_t* dropped) {
  static char piece[64 * 1024];
  ssize_t got = read(pipe, piece, sizeof piece);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  uint64_t wanted = room - *kept < (uint64_t)got ? room - *kept : (uint64_t)got;
  for (uint64_t done = 0; done < wanted;) {
    ssize_t written = pwrite(out.disk, piece + done, wanted - done, (off_t)(at + *kept));
    if (written <= 0) break;
    *kept += (uint64_t)written;
    done += (uint64_t)written;
  }
  *dropped += (uint64_t)got - wanted;
  return 1;
}

static void tell(void) {
  ssize_t written = pwrite(out.disk, &result, sizeof result, 0);
  (void)written;
  (void)fdatasync(out.disk);
}

static void watch(pid_t program, int output, int error, int children) {
  struct pollfd waits[3] = {{output, POLLIN, 0}, {error, POLLIN, 0}, {children, POLLIN, 0}};
  uint64_t told = 0;
  for (int running = 1; running || waits[0].fd >= 0 || waits[1].fd >= 0;) {
    (void)poll(waits, 3, 1000);
    if (waits[0].revents != 0 && !drain(output, kVmStreams, job.outputBytes, &result.outputKept, &result.outputDropped))
      waits[0].fd = -1;
    if (waits[1].revents != 0 &&
        !drain(error, kVmStreams + job.outputBytes, job.errorBytes, &result.errorKept, &result.errorDropped))
      waits[1].fd = -1;
    struct signalfd_siginfo ignored;
    while (read(children, &ignored, sizeof ignored) > 0) {
    }
    int status;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != program) continue;
      result.waitStatus = status;
      running = 0;
      writeText(kGroup "cgroup.kill", "1"); /* what it left running; the streams end with it */
    }
    if (running && told != result.outputKept + result.errorKept) {
      told = result.outputKept + result.errorKept;
      tell();
    }
  }
  while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
  }
}

static void sendFile(int folder, const char* name, const char* path, const struct stat* info) {
  static char piece[64 * 1024];
  struct HearthVmEntry entry = {kVmFile, 0, (uint32_t)strlen(path), 0, (uint64_t)info->st_size};
  int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  writeBytes(&entry, sizeof entry);
  writeBytes(path, entry.pathBytes);
  uint64_t left = entry.dataBytes;
  for (ssize_t got; left > 0 && (got = read(file, piece, left < sizeof piece ? left : sizeof piece)) > 0;) {
    writeBytes(piece, (size_t)got);
    left -= (uint64_t)got;
  }
  if (left > 0 && problem == 0) problem = EIO;
  close(file);
}

// Nothing of the program runs any more. Only what is a regular file of one name and was written to, and folders.
static void sendFolder(int folder, char* path, size_t length, int depth) {
  DIR* list = fdopendir(folder);
  if (list == NULL) return;
  for (struct dirent* each; problem == 0 && (each = readdir(list)) != NULL;) {
    struct stat info;
    size_t name = strlen(each->d_name);
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    if (length + name + 2 > kPathBytes || fstatat(folder, each->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    memcpy(path + length, each->d_name, name + 1);
    if (S_ISREG(info.st_mode) && info.st_nlink == 1 && info.st_mtim.tv_sec != 1) {
      sendFile(folder, each->d_name, path, &info);
    } else if (S_ISDIR(info.st_mode) && depth < kDepth) {
      struct HearthVmEntry entry = {kVmFolder, 0, (uint32_t)(length + name), 0, 0};
      writeBytes(&entry, sizeof entry);
      writeBytes(path, entry.pathBytes);
      path[length + name] = '/';
      int below = openat(folder, each->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below >= 0) sendFolder(below, path, length + name + 1, depth + 1);
    }
  }
  closedir(list);
}

static void sendOutputs(void) {
  static char path[kPathBytes];
  out.offset = kVmStreams + job.outputBytes + job.errorBytes;
  int work = open("/task/work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (work >= 0) sendFolder(work, path, 0, 0);
  struct HearthVmEntry end = {kVmEnd, 0, 0, 0, 0};
  writeBytes(&end, sizeof end);
  flushOut();
  errno = problem;
  if (problem != 0) fail(kVmStageOutputs);
}

static void run(char* text) {
  char* position = text;
  const char* end = text + job.textBytes;
  char** arguments = takeStrings(job.argumentCount, &position, end);
  char** environment = takeStrings(job.environmentCount, &position, end);
  char** places = takeStrings(2, &position, end);
  int output[2], error[2], report[2], why = 0;
  sigset_t childSignal;
  sigemptyset(&childSignal);
  sigaddset(&childSignal, SIGCHLD);
  (void)sigprocmask(SIG_SETMASK, &childSignal, NULL);
  int children = signalfd(-1, &childSignal, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children < 0 || pipe2(output, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0)
    fail(kVmStageLimits);
  pid_t program = fork();
  if (program < 0) fail(kVmStageLimits);
  if (program == 0) becomeProgram(arguments, environment, places, output[1], error[1], report[1]);
  close(output[1]);
  close(error[1]);
  close(report[1]);
  if (read(report[0], &why, sizeof why) == sizeof why) {
    errno = why;
    fail(kVmStageProgram);
  }
  (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
  (void)fcntl(error[0], F_SETFL, O_NONBLOCK);
  result.state = kVmStarted;
  tell();
  watch(program, output[0], error[0], children);
}

int main(void) {
  if (getpid() != 1) {
    static const char text[] = "hearth-guest-init is started by the kernel of a task's virtual machine.\n";
    ssize_t sent = write(2, text, sizeof text - 1);
    (void)sent;
    return 64;
  }
  prepare();
  readBytes(&job, sizeof job, kVmStageJob);
  errno = EINVAL;
  if (job.magic != kHearthVmJobMagic || job.argumentCount == 0) fail(kVmStageJob);
  char* text = malloc(job.textBytes + 1);
  if (text == NULL) fail(kVmStageJob);
  readBytes(text, job.textBytes, kVmStageJob);
  makeRoot();
  makeGroup();
  run(text);
  struct rusage usage;
  (void)getrusage(RUSAGE_CHILDREN, &usage);
  result.processorMicros = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  result.peakBytes = (uint64_t)usage.ru_maxrss * 1024u;
  result.memoryKills = (uint32_t)readNumber(kGroup "memory.events", "oom_kill ");
  result.processRefusals = (uint32_t)readNumber(kGroup "pids.events", "max ");
  sendOutputs();
  result.state = kVmEnded;
  reset();
}
