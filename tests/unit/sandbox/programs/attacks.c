// SPDX-License-Identifier: GPL-3.0-or-later
// What tasks do in the tests of the sandbox: `sandbox-attacks NAME [ARGUMENT...]`. Static, so that a package needs
// nothing else. An attack prints a line "open: ..." for each door that it found open.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "task/hearth_checkpoint.h"

extern char** environ;

static long number(const char* text) { return strtol(text, NULL, 10); }

static void rest(long milliseconds) {
  struct timespec length = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  nanosleep(&length, NULL);
}

static int isOpen(const char* name, long result) {
  if (result < 0) return 0;
  printf("open: %s\n", name);
  return 1;
}

static int say(int count, char** words) {
  for (int i = 0; i < count; ++i) printf("%s\n", words[i]);
  return 0;
}

// Counts so many milliseconds, and goes on from what it saved.
static int patient(long milliseconds) {
  size_t size;
  long* kept = hearth_checkpoint_load("1", &size);
  long count = kept != NULL && size == sizeof count ? *kept : 0;
  free(kept);
  printf("from %ld\n", count);
  fflush(stdout);
  for (; count < milliseconds; ++count) {
    rest(1);
    if (hearth_checkpoint_due() && hearth_checkpoint_save("1", &count, sizeof count) != 0) return 1;
  }
  printf("to %ld\n", count);
  return 0;
}

static int environment(void) {
  for (char** entry = environ; *entry; ++entry) printf("%s\n", *entry);
  return 0;
}

static int copyInput(void) {
  char buffer[4096];
  for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;) {
    if (write(1, buffer, (size_t)got) < 0) return 1;
  }
  return 0;
}

static int readPaths(int count, char** paths) {
  for (int i = 0; i < count; ++i) isOpen(paths[i], open(paths[i], O_RDONLY | O_NONBLOCK));
  return 0;
}

static int writePaths(int count, char** paths) {
  for (int i = 0; i < count; ++i) isOpen(paths[i], open(paths[i], O_WRONLY | O_CREAT | O_NONBLOCK, 0666));
  return 0;
}

static int listRoot(void) {
  DIR* root = opendir("/");
  for (struct dirent* entry; root && (entry = readdir(root));) {
    if (entry->d_name[0] != '.') printf("%s\n", entry->d_name);
  }
  return 0;
}

static int files(void) {
  for (int fd = 3; fd < 4096; ++fd) isOpen("an inherited file", fcntl(fd, F_GETFD));
  return 0;
}

static int network(void) {
  static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG};
  for (size_t i = 0; i < sizeof families / sizeof families[0]; ++i) {
    char name[32];
    snprintf(name, sizeof name, "socket family %d", families[i]);
    isOpen(name, socket(families[i], SOCK_STREAM, 0));
    isOpen(name, socket(families[i], SOCK_DGRAM, 0));
    isOpen(name, socket(families[i], SOCK_RAW, 0));
  }
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) printf("no socketpair\n");
  struct sockaddr address = {.sa_family = AF_UNIX};
  isOpen("connect", connect(pair[0], &address, sizeof address));
  isOpen("bind", bind(pair[0], &address, sizeof address));
  return 0;
}

static int kernel(void) {
  char stack[16384];
  isOpen("unshare", unshare(CLONE_NEWUSER));
  isOpen("unshare net", unshare(CLONE_NEWNET));
  isOpen("clone newuser", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  isOpen("clone newnet", syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0));
  isOpen("clone3", syscall(SYS_clone3, stack, sizeof stack));
  isOpen("setns", setns(open("/proc/1/ns/mnt", O_RDONLY), 0));
  isOpen("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
  isOpen("remount", mount(NULL, "/", NULL, MS_REMOUNT, NULL));
  isOpen("umount", umount2("/proc", MNT_DETACH));
  isOpen("chroot", chroot("/work"));
  isOpen("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
  isOpen("ptrace pid 1", ptrace(PTRACE_SEIZE, 1, 0, 0));
  isOpen("add_key", syscall(SYS_add_key, "user", "a", "b", 1, -3));
  isOpen("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  isOpen("io_uring", syscall(SYS_io_uring_setup, 4, stack));
  isOpen("bpf", syscall(SYS_bpf, 0, stack, 72));
  isOpen("perf_event_open", syscall(SYS_perf_event_open, stack, 0, -1, -1, 0));
  isOpen("userfaultfd", syscall(SYS_userfaultfd, 1));
  isOpen("memfd_create", syscall(SYS_memfd_create, "a", 0));
  isOpen("shmget", syscall(SYS_shmget, 1, 4096, 0666 | 01000));
  isOpen("pidfd_open", syscall(SYS_pidfd_open, 1, 0));
  isOpen("process_vm_readv", syscall(SYS_process_vm_readv, 1, stack, 1, stack, 1, 0));
  isOpen("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, stack, 0));
  isOpen("personality", personality(ADDR_NO_RANDOMIZE));
  isOpen("TIOCSTI", syscall(SYS_ioctl, 0, TIOCSTI, "x"));
  isOpen("TIOCSTI with high bits", syscall(SYS_ioctl, 0, 0x100000000UL | TIOCSTI, "x"));
  isOpen("dumpable", prctl(PR_SET_DUMPABLE, 0));
  isOpen("a scheduler of its own", syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, stack + sizeof stack - 64));
  isOpen("affinity", sched_setaffinity(0, 128, (cpu_set_t*)stack));
  isOpen("a better nice value", setpriority(PRIO_PROCESS, 0, 0));
  isOpen("set-id file", open("/work/setid", O_CREAT | O_WRONLY, 04755));
  isOpen("set-id bit", chmod("/work", 06755));
  struct rlimit more = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  isOpen("a higher limit", setrlimit(RLIMIT_NPROC, &more));
  if (syscall(SYS_ioctl, 0, TIOCSTI, "x") < 0 && errno == ENOTTY) printf("open: TIOCSTI reached the kernel\n");
  isOpen("setuid", setuid(0));
  isOpen("pid 1's environment", open("/proc/1/environ", O_RDONLY));
  isOpen("pid 1's memory", open("/proc/1/mem", O_RDWR));
  isOpen("pid 1's files", open("/proc/1/fd/6", O_WRONLY));
  isOpen("its own adj", open("/proc/self/oom_score_adj", O_WRONLY));
  kill(1, SIGKILL);
  kill(1, SIGTERM);
  kill(1, SIGSTOP);
  return 0;
}

static int foreignAbi(void) {
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
  printf("open: int 0x80 gave %ld\n", result);
#else
  raise(SIGSYS);
#endif
  return 0;
}

static _Noreturn int forkBomb(void) {
  for (;;) (void)!fork();
}

/// Forks until it fails, then ends at once with an error: faster than any watch.
static int forkUntilRefused(void) {
  for (;;) {
    pid_t child = fork();
    if (child == 0) pause();
    if (child < 0) return 3;
  }
}

static void touch(size_t bytes) {
  char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(9);
  for (size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
}

static int balloon(long processes, long mebibytes) {
  for (long i = 1; i < processes; ++i) {
    if (fork() == 0) break;
  }
  touch((size_t)mebibytes << 20);
  rest(20000);
  return 0;
}

static void* balloonThread(void* mebibytes) {
  rest(50);
  touch((size_t)number(mebibytes) << 20);
  rest(20000);
  return NULL;
}

/// The first thread ends, so that /proc/PID/stat shows no memory.
static int hiddenBalloon(char* mebibytes) {
  pthread_t thread;
  pthread_create(&thread, NULL, balloonThread, mebibytes);
  pthread_exit(NULL);
}

/// Pages that a parent and its children share count once.
static int sharedMemory(long processes, long mebibytes) {
  touch((size_t)mebibytes << 20);
  for (long i = 1; i < processes; ++i) {
    if (fork() == 0) {
      rest(600);
      _exit(0);
    }
  }
  while (wait(NULL) > 0) {
  }
  return 0;
}

static int writeMuch(int fd, long mebibytes) {
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  for (long i = 0; i < mebibytes; ++i) {
    if (write(fd, block, sizeof block) < 0) return 7;
    rest(5);
  }
  return 0;
}

static int fill(const char* folder, long filesToMake, long mebibytes, int removed) {
  for (long i = 0; i < filesToMake; ++i) {
    char name[256];
    snprintf(name, sizeof name, "%s/filled-%ld", folder, i);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    if (removed) unlink(name);
    int result = writeMuch(fd, mebibytes);
    if (result != 0) return result;
    if (!removed) close(fd);
  }
  rest(15000);
  return 0;
}

static int emptyFiles(long count) {
  for (long i = 0; i < count; ++i) {
    char name[64];
    snprintf(name, sizeof name, "/work/e%ld", i);
    close(open(name, O_WRONLY | O_CREAT, 0600));
  }
  rest(15000);
  return 0;
}

static int hideFolder(long mebibytes) {
  mkdir("/work/hidden", 0700);
  int fd = open("/work/hidden/file", O_WRONLY | O_CREAT, 0600);
  chmod("/work/hidden", 0);
  int result = writeMuch(fd, mebibytes);
  rest(15000);
  return result;
}

static int deepFolders(long count) {
  for (long i = 0; i < count; ++i) {
    if (mkdir("d", 0700) != 0 || chdir("d") != 0) return 1;
  }
  return 0;
}

static _Noreturn int spin(void) {
  for (volatile unsigned long i = 0;; ++i) {
  }
}

static _Noreturn int stubborn(void) {
  for (int i = 1; i < 32; ++i) signal(i, SIG_IGN);
  for (;;) rest(1000);
}

/// Appends a byte every few milliseconds.
static int tick(const char* file) {
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (;;) {
    if (write(fd, ".", 1) != 1) return 1;
    rest(5);
  }
}

/// The program itself stays for so long after its daemon has begun.
static int daemonise(const char* file, long milliseconds) {
  if (fork() != 0) {
    struct stat seen;
    for (int i = 0; i < 2000 && (stat(file, &seen) != 0 || seen.st_size == 0); ++i) rest(5);
    rest(milliseconds);
    return 0;
  }
  setsid();
  if (fork() != 0) _exit(0);
  for (int i = 1; i < 32; ++i) signal(i, SIG_IGN);
  return tick(file);
}

/// Ticking processes in sessions of their own, one of them waking all others up all the time.
static int tickMany(void) {
  for (int i = 0; i < 4; ++i) {
    char name[32];
    snprintf(name, sizeof name, "tick-%d", i);
    if (fork() == 0) {
      setsid();
      return tick(name);
    }
  }
  if (fork() == 0) {
    for (;;) {
      kill(-1, SIGCONT);
      rest(1);
    }
  }
  return tick("tick-main");
}

static int flood(int fd, long mebibytes) {
  static char block[1 << 20];
  memset(block, 'y', sizeof block);
  for (long i = 0; i < mebibytes; ++i) {
    for (size_t done = 0; done < sizeof block;) {
      ssize_t written = write(fd, block + done, sizeof block - done);
      if (written < 0) return 5;
      done += (size_t)written;
    }
  }
  return 0;
}

static int oddOutputs(void) {
  int result = symlink("/etc/passwd", "/work/link");
  result |= symlink("plain", "/work/inner-link");
  result |= symlink("folder", "/work/folder-link");
  result |= mkfifo("/work/fifo", 0600);
  result |= mkdir("/work/folder", 0700);
  close(open("/work/folder/inside", O_WRONLY | O_CREAT, 0600));
  int fd = open("/work/plain", O_WRONLY | O_CREAT, 0600);
  result |= write(fd, "plain", 5) == 5 ? 0 : 1;
  close(open("/work/first-name", O_WRONLY | O_CREAT, 0600));
  result |= link("/work/first-name", "/work/second-name");
  fd = open("/work/closed", O_WRONLY | O_CREAT, 0600);
  result |= write(fd, "closed", 6) == 6 ? 0 : 1;
  chmod("/work/closed", 0);
  fd = open("/work/sparse", O_WRONLY | O_CREAT, 0600);
  result |= ftruncate(fd, 30 << 20);
  return result;
}

static int printPriority(void) {
  printf("policy %d nice %d\n", sched_getscheduler(0), getpriority(PRIO_PROCESS, 0));
  return 0;
}

static int burn(long milliseconds) {
  struct timespec now;
  do {
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < milliseconds);
  return 0;
}

int main(int argc, char** argv) {
  const char* name = argc > 1 ? argv[1] : "";
  const long first = argc > 2 ? number(argv[2]) : 0;
  const long second = argc > 3 ? number(argv[3]) : 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(name, "say")) return say(argc - 2, argv + 2);
  if (!strcmp(name, "environment")) return environment();
  if (!strcmp(name, "copy-input")) return copyInput();
  if (!strcmp(name, "exit")) return (int)first;
  if (!strcmp(name, "raise")) return raise((int)first);
  if (!strcmp(name, "read")) return readPaths(argc - 2, argv + 2);
  if (!strcmp(name, "write")) return writePaths(argc - 2, argv + 2);
  if (!strcmp(name, "list-root")) return listRoot();
  if (!strcmp(name, "files")) return files();
  if (!strcmp(name, "network")) return network();
  if (!strcmp(name, "kernel")) return kernel();
  if (!strcmp(name, "foreign-abi")) return foreignAbi();
  if (!strcmp(name, "fork-bomb")) return forkBomb();
  if (!strcmp(name, "fork-until-refused")) return forkUntilRefused();
  if (!strcmp(name, "balloon")) return balloon(first, second);
  if (!strcmp(name, "hidden-balloon")) return hiddenBalloon(argv[2]);
  if (!strcmp(name, "shared-memory")) return sharedMemory(first, second);
  if (!strcmp(name, "fill")) return fill(argv[2], second, number(argv[4]), 0);
  if (!strcmp(name, "fill-removed")) return fill(argv[2], second, number(argv[4]), 1);
  if (!strcmp(name, "empty-files")) return emptyFiles(first);
  if (!strcmp(name, "hide-folder")) return hideFolder(first);
  if (!strcmp(name, "deep-folders")) return deepFolders(first);
  if (!strcmp(name, "sleep")) return rest(first), 0;
  if (!strcmp(name, "patient")) return patient(first);
  if (!strcmp(name, "spin")) return spin();
  if (!strcmp(name, "priority")) return printPriority();
  if (!strcmp(name, "burn")) return burn(first);
  if (!strcmp(name, "stubborn")) return stubborn();
  if (!strcmp(name, "tick")) return tick(argv[2]);
  if (!strcmp(name, "tick-many")) return tickMany();
  if (!strcmp(name, "daemonise")) return daemonise(argv[2], second);
  if (!strcmp(name, "flood")) return flood((int)first, second);
  if (!strcmp(name, "odd-outputs")) return oddOutputs();
  return 64;
}
