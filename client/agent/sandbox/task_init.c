// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-task-init: pid 1 of every sandbox, or where there are no namespaces the guardian of its processes
// (docs/sandbox.md). Static, without an environment and unreadable for the
// task. It starts the program, reaps what is left to it, reports how it ended, and ends everything when the program
// ended or when the lifeline breaks, which is when the agent is no more.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init_protocol.h"
#include "task_tree.h"

static struct HearthInitSpec* spec;
static struct sock_filter filter[4096];  // BPF_MAXINSNS
static size_t specBytes;
static int isScoped;  // signals of ours end at the task

static void report(struct HearthInitMessage message) {
  ssize_t sent = write(kFdStatus, &message, sizeof message);  // nobody listens any more: nothing to do about it
  (void)sent;
}

static _Noreturn void fail(int stage) {
  struct HearthInitMessage message = {.kind = kInitFailed, .stage = stage, .error = errno};
  report(message);
  _exit(125);
}

static void readSpec(void) {
  struct stat info;
  if (fstat(kFdSpec, &info) != 0) fail(kStageSpec);
  specBytes = (size_t)info.st_size;
  errno = EINVAL;
  if (specBytes < sizeof *spec) fail(kStageSpec);
  spec = mmap(NULL, specBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, kFdSpec, 0);
  if (spec == MAP_FAILED) fail(kStageSpec);
  errno = EINVAL;
  if (spec->magic != kHearthInitMagic || spec->argumentCount == 0 || spec->textBytes != specBytes - sizeof *spec ||
      spec->filterInstructions > sizeof filter / sizeof filter[0]) {
    fail(kStageSpec);
  }
}

// The strings of the spec as a list for execve, `position` moved behind them.
static char** takeStrings(uint32_t count, char** position) {
  char** list = calloc((size_t)count + 1, sizeof *list);
  if (list == NULL) fail(kStageSpec);
  char* end = (char*)spec + specBytes;
  for (uint32_t i = 0; i < count; ++i) {
    char* stop = *position < end ? memchr(*position, 0, (size_t)(end - *position)) : NULL;
    errno = EINVAL;
    if (stop == NULL) fail(kStageSpec);
    list[i] = *position;
    *position = stop + 1;
  }
  return list;
}

// Lowers a limit and leaves it where it is lower already.
static void limitBoth(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) fail(kStageLimits);
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < hard) hard = now.rlim_max;
  struct rlimit wanted = {.rlim_cur = soft < hard ? soft : hard, .rlim_max = hard};
  if (setrlimit(resource, &wanted) != 0) fail(kStageLimits);
}

static void limit(int resource, uint64_t value) { limitBoth(resource, value, value); }

// In the program's process, before it is the program.
static void confine(void) {
  if (spec->hasCgroup && write(kFdCgroup, "0", 1) != 1) fail(kStageLimits);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, spec->fileBytes);
  limit(RLIMIT_DATA, spec->dataBytes);
  limit(RLIMIT_NOFILE, spec->openFiles);
  limit(RLIMIT_NPROC, spec->processes);  // counted by user namespace since Linux 5.14, so set inside of it
  limit(RLIMIT_MSGQUEUE, 0);
  limit(RLIMIT_MEMLOCK, 64 * 1024);
  limit(RLIMIT_SIGPENDING, 1024);
  limitBoth(RLIMIT_CPU, spec->processSeconds, spec->processSeconds + 5);  // SIGXCPU, which can be caught, then SIGKILL
  // Without these the task runs all the same. Not earlier: to set a sandbox up may take any processor.
  if (spec->hasProcessors) (void)syscall(SYS_sched_setaffinity, 0, sizeof spec->processors, spec->processors);
  (void)setpriority(PRIO_PROCESS, 0, spec->background ? 19 : 10);
  if (!spec->background) return;
  struct sched_param none = {0};
  (void)syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none);  // musl's own does nothing
  (void)syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 7);  // IOPRIO_CLASS_BE, its lowest level
}

// Without namespaces: a session and a Landlock domain of its own, and an end with its guardian at the latest.
static void stepAside(pid_t guardian) {
  (void)setsid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(kStageLimits);
  if (getppid() != guardian) _exit(0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(kStageRules);
  if (syscall(SYS_landlock_restrict_self, kFdRules, 0) != 0) fail(kStageRules);
  if (spec->landlock < kScopesVersion && keepSignalsToSelf() != 0) fail(kStageFilter);
}

static void loadFilter(void) {
  size_t bytes = spec->filterInstructions * sizeof filter[0];
  if (pread(kFdFilter, filter, bytes, 0) != (ssize_t)bytes) fail(kStageFilter);
  struct sock_fprog program = {.len = (unsigned short)spec->filterInstructions, .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(kStageFilter);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail(kStageFilter);
}

static _Noreturn void becomeProgram(const sigset_t* unblocked, pid_t parent) {
  char* position = (char*)(spec + 1);
  char** arguments = takeStrings(spec->argumentCount, &position);
  char** environment = takeStrings(spec->environmentCount, &position);
  confine();
  if (dup2(kFdOutput, 1) < 0 || dup2(kFdError, 2) < 0) fail(kStageLimits);
  // By hand and not by a call of 5.11: everything that is left is ours and below kFdCount.
  for (int fd = 3; fd < kFdCount; ++fd) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (int signal = 1; signal < 32; ++signal) {
    if (signal == SIGUSR1 && spec->checkpoints) continue;  // ignored: stays so through execve
    struct sigaction usual = {.sa_handler = SIG_DFL};
    (void)sigaction(signal, &usual, NULL);
  }
  (void)sigprocmask(SIG_SETMASK, unblocked, NULL);
  if (spec->landlock != 0) stepAside(parent);
  loadFilter();
  execve(arguments[0], arguments, environment);
  fail(kStageProgram);
}

// Processes and threads beside pid 1.
static uint32_t countTasks(void) {
  if (spec->landlock != 0) return treeCount();
  DIR* proc = opendir("/proc");
  if (proc == NULL) return 0;
  uint32_t count = 0;
  for (struct dirent* entry; (entry = readdir(proc)) != NULL;) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || strcmp(entry->d_name, "1") == 0) continue;
    char path[64];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%.16s/task", entry->d_name);
    if (stat(path, &info) == 0 && info.st_nlink > 2) count += (uint32_t)info.st_nlink - 2;  // ".", ".."
  }
  closedir(proc);
  return count;
}

// Kills what there is and reaps some of it; 0 when nothing is left.
static int killSome(void) {
  int status;
  // kill(-1) reaches what is in the namespace, or what the scope of becomeGuardian() leaves: nothing but the task.
  if (spec->landlock == 0 || isScoped) {
    (void)kill(-1, SIGKILL);
    return waitpid(-1, &status, 0) > 0 || errno == EINTR;
  }
  treeKill();
  pid_t reaped;
  while ((reaped = waitpid(-1, &status, WNOHANG)) > 0) {
  }
  const struct timespec moment = {.tv_nsec = 100000};
  if (reaped == 0) (void)nanosleep(&moment, NULL);
  return reaped == 0 || errno == EINTR;
}

// Kills and reaps all that is left, so that the usage is that of everything, reports, and ends the namespace.
static _Noreturn void finish(int waitStatus, uint32_t tasksAtEnd) {
  while (killSome()) {
  }
  struct rusage usage;
  (void)getrusage(RUSAGE_CHILDREN, &usage);
  struct HearthInitMessage message = {.kind = kInitEnded, .waitStatus = waitStatus, .tasksAtEnd = tasksAtEnd};
  message.processorMicros = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                            (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  message.peakBytes = (uint64_t)usage.ru_maxrss * 1024u;
  report(message);
  _exit(0);
}

// Reaps what ended; does not return when the program is among it.
static void reap(pid_t program) {
  siginfo_t ended = {0};
  while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
    int status = 0;
    uint32_t tasks = ended.si_pid == program ? countTasks() : 0;
    if (waitpid(ended.si_pid, &status, 0) == program) finish(status, tasks > 0 ? tasks - 1 : 0);
    ended.si_pid = 0;
  }
}

// What the agent wants; nobody at the other end any more: everything ends.
static void obeyLifeline(pid_t program) {
  char order = 0;
  ssize_t got = read(kFdLifeline, &order, 1);
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) finish(-1, 0);
  if (got == 1 && order == kLifelineCheckpoint) (void)kill(program, SIGUSR1);
}

static _Noreturn void watch(pid_t program, int children) {
  struct pollfd waits[2] = {{.fd = kFdLifeline, .events = POLLIN}, {.fd = children, .events = POLLIN}};
  for (;;) {
    if (poll(waits, 2, -1) < 0 && errno != EINTR) finish(-1, 0);
    struct signalfd_siginfo ignored;
    while (read(children, &ignored, sizeof ignored) > 0) {
    }
    reap(program);
    if (waits[0].revents != 0) obeyLifeline(program);
  }
}

// Run as the program of the executor's own first sandbox: how many of these doors are open?
static int probe(void) {
  int open_ = 0;
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) open_ |= 1;
  if (unshare(CLONE_NEWUSER) == 0) open_ |= 2;
  if (open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC) >= 0) open_ |= 4;
  if (open("/written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0) open_ |= 8;
  if (fcntl(3, F_GETFD) >= 0) open_ |= 16;
  if (open("/proc/1/environ", O_RDONLY | O_CLOEXEC) >= 0) open_ |= 32;
  if (getuid() == 0) open_ |= 64;
  return open_;
}

// The same where there are no namespaces.
static int probeProcess(void) {
  int open_ = probe() & ~(8 | 32);
  if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0) open_ |= 8;
  if (open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600) >= 0 || chmod("/proc/self/exe", 0555) == 0) open_ |= 8;
  if (kill(getppid(), 0) == 0 || open("/proc/self/status", O_RDONLY | O_CLOEXEC) >= 0) open_ |= 32;
  return open_;
}

// Adopts everything that the program leaves, and lets no signal of ours reach anything else.
static void becomeGuardian(void) {
  errno = EINVAL;
  if (spec->landlock == 0) fail(kStageSpec);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail(kStageLimits);
  if (spec->landlock < kScopesVersion) return;
  if (keepSignalsBelow() != 0) fail(kStageRules);
  isScoped = 1;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--probe") == 0) return probe();
  if (argc > 1 && strcmp(argv[1], "--probe-process") == 0) return probeProcess();
  const int guards = argc > 1 && strcmp(argv[1], HEARTH_INIT_GUARD) == 0;
  if (getpid() != 1 && !guards) {
    static const char text[] =
        "hearth-task-init is started by hearth-agent inside of a sandbox; it does nothing by hand.\n";
    ssize_t sent = write(2, text, sizeof text - 1);
    (void)sent;
    return 64;
  }
  // The task has our uid: it must neither read our memory nor open what we hold. And whoever holds us from outside may
  // die alone.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) fail(kStageLimits);
  if (!guards && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(kStageLimits);
  readSpec();
  if (guards) becomeGuardian();
  sigset_t none, childSignal;
  sigemptyset(&none);
  sigemptyset(&childSignal);
  sigaddset(&childSignal, SIGCHLD);
  (void)sigprocmask(SIG_SETMASK, &childSignal, NULL);
  int children = signalfd(-1, &childSignal, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children < 0) fail(kStageSpec);
  struct pollfd lifeline = {.fd = kFdLifeline, .events = POLLIN};
  if (poll(&lifeline, 1, 0) != 0 && (lifeline.revents & POLLIN) == 0) _exit(0);
  // Asked before it has a handler, the program must not die of it.
  if (spec->checkpoints) (void)signal(SIGUSR1, SIG_IGN);
  const pid_t self = getpid();
  pid_t program = fork();
  if (program < 0) fail(kStageLimits);
  if (program == 0) becomeProgram(&none, self);
  struct HearthInitMessage started = {.kind = kInitStarted};
  report(started);
  close(kFdSpec);
  close(kFdFilter);
  close(kFdOutput);
  close(kFdError);
  close(kFdCgroup);
  close(kFdRules);
  watch(program, children);
}
