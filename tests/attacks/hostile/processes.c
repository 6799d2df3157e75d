// SPDX-License-Identifier: GPL-3.0-or-later
// Attacks on other processes, and on the promise that nothing of a task outlives it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

#define ATTACK(name) static void name(int count __attribute__((unused)), char** words __attribute__((unused)))

static pid_t victim(char** words) { return (pid_t)number(words[0]); }

ATTACK(signalIt) { got("a signal", kill(victim(words), SIGUSR1)); }

ATTACK(signalThread) {
  got("a signal by tkill", syscall(SYS_tkill, victim(words), SIGUSR1));
  got("a signal by tgkill", syscall(SYS_tgkill, victim(words), victim(words), SIGUSR1));
}

ATTACK(queueSignal) {
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  info.si_pid = getpid();
  info.si_uid = getuid();
  got("a queued signal", syscall(SYS_rt_sigqueueinfo, victim(words), SIGUSR1, &info));
  got("a queued signal for a thread", syscall(SYS_rt_tgsigqueueinfo, victim(words), victim(words), SIGUSR1, &info));
}

// Whoever hears it writes it down; SIGURG harms nobody.
ATTACK(signalAll) {
  (void)kill(-1, SIGURG);
  (void)kill(-victim(words), SIGURG);
  rest(20);
}

// The kernel sends the signal, on behalf of whoever wrote.
ATTACK(ownedSignal) {
  int ends[2];
  if (pipe(ends) != 0) return;
  (void)fcntl(ends[0], F_SETOWN, victim(words));
  (void)fcntl(ends[0], F_SETSIG, SIGUSR1);
  (void)fcntl(ends[0], F_SETFL, O_ASYNC);
  (void)!write(ends[1], "x", 1);
  struct f_owner_ex owner = {F_OWNER_PID, victim(words)};
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
    (void)fcntl(pair[0], F_SETOWN_EX, &owner);
    (void)fcntl(pair[0], F_SETFL, O_ASYNC);
    (void)!write(pair[1], "x", 1);
  }
  rest(20);
}

ATTACK(trace) {
  got("it is traced", ptrace(PTRACE_SEIZE, victim(words), 0, 0));
  got("it is traced by attaching", ptrace(PTRACE_ATTACH, victim(words), 0, 0));
  got("its parent is traced", ptrace(PTRACE_SEIZE, getppid(), 0, 0));
}

ATTACK(readMemory) {
  char secret[32] = "";
  struct iovec here = {secret, sizeof secret - 1};
  struct iovec there = {(void*)strtoul(words[1], NULL, 16), sizeof secret - 1};
  got("its memory", process_vm_readv(victim(words), &here, 1, &there, 1, 0));
  got("its memory, to write", process_vm_writev(victim(words), &here, 1, &there, 1, 0));
}

ATTACK(handle) {
  int handle = (int)syscall(SYS_pidfd_open, victim(words), 0);
  got("a handle of it", handle);
  got("a file of it", syscall(SYS_pidfd_getfd, handle, 0, 0));
  got("a signal by its handle", syscall(SYS_pidfd_send_signal, handle, SIGUSR1, NULL, 0));
  got("a signal by its folder",
      syscall(SYS_pidfd_send_signal, open("/proc/1", O_RDONLY | O_DIRECTORY), SIGUSR1, NULL, 0));
}

ATTACK(lookInside) {
  static const char* const names[] = {"environ", "mem",   "maps",    "cmdline", "status",    "stat",
                                      "fd",      "task",  "auxv",    "io",      "mountinfo", "root/etc/passwd",
                                      "stack",   "wchan", "syscall", "pagemap", "cwd/.",     "exe"};
  char path[96];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    snprintf(path, sizeof path, "/proc/%s/%s", words[0], names[i]);
    got(path, open(path, O_RDONLY | O_NONBLOCK));
  }
}

ATTACK(firstProcess) {
  static const char* const names[] = {"environ", "mem", "maps", "fd/5", "fd/6", "root/etc"};
  char path[64];
  for (int who = 0; who < 2; ++who) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
      snprintf(path, sizeof path, "/proc/%d/%s", who == 0 ? 1 : getppid(), names[i]);
      got(path, open(path, O_RDWR | O_NONBLOCK));
      got(path, open(path, O_RDONLY | O_NONBLOCK));
    }
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", who == 0 ? 1 : getppid());
    got(path, open(path, O_WRONLY));
  }
}

ATTACK(limitIt) {
  struct rlimit less = {5, 5}, was;
  got("its limits, to read", prlimit(victim(words), RLIMIT_NOFILE, NULL, &was));
  got("its limits", prlimit(victim(words), RLIMIT_NOFILE, &less, NULL));
}

ATTACK(reniceIt) {
  got("its priority", setpriority(PRIO_PROCESS, (id_t)victim(words), 19));
  got("the priority of all of this user",
      getpriority(PRIO_PROCESS, (id_t)victim(words)) >= 0 ? setpriority(PRIO_PGRP, (id_t)victim(words), 19) : -1);
  struct sched_param none = {0};
  got("its scheduler", sched_setscheduler(victim(words), SCHED_IDLE, &none));
}

// What holds the task must not be ended, nor stopped, by the task.
ATTACK(endFirstProcess) {
  static const int numbers[] = {SIGTERM, SIGSTOP, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, SIGKILL};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    (void)kill(1, numbers[i]);
    (void)kill(getppid(), numbers[i]);
  }
  rest(50);
}

static void ignoreAll(void) {
  for (int i = 1; i < 32; ++i) signal(i, SIG_IGN);
}

ATTACK(stubborn) {
  ignoreAll();
  ready();
  rest(count > 0 ? number(words[0]) * 1000 : 4000);
  got("it was not ended", 0);
}

// The program ends, what it left behind goes on.
ATTACK(daemonise) {
  if (fork() != 0) {
    struct stat seen;
    for (int i = 0; i < 400 && (stat("ticks", &seen) != 0 || seen.st_size == 0); ++i) rest(5);
    return;
  }
  setsid();
  if (fork() != 0) _exit(0);
  ignoreAll();
  (void)prctl(PR_SET_NAME, "[kworker/0:1]");
  tick("ticks");
  _exit(0);
}

static void scatter(void) {
  for (int i = 0; i < 5; ++i) {
    if (fork() != 0) continue;
    setsid();
    if (i == 1 && fork() != 0) _exit(0);
    if (i == 2) (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    // A name that a careless reader of /proc/PID/stat takes for its fields.
    if (i == 3) (void)prctl(PR_SET_NAME, ") S 1 1 1 (");
    ignoreAll();
    char name[16];
    snprintf(name, sizeof name, "ticks-%d", i);
    tick(name);
    _exit(0);
  }
}

ATTACK(scattered) {
  scatter();
  rest(30);
  ready();
  ignoreAll();
  tick("ticks");
}

// A child of the parent's: a brother that is no descendant.
ATTACK(brother) {
  long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (child != 0) {
    struct stat seen;
    for (int i = 0; i < 400 && (stat("ticks", &seen) != 0 || seen.st_size == 0); ++i) rest(5);
    return;
  }
  setsid();
  ignoreAll();
  tick("ticks");
  _exit(0);
}

// Wakes everybody up whom a freeze stopped.
ATTACK(thawing) {
  scatter();
  if (fork() == 0) {
    for (int i = 0; i < 8000; ++i) {
      (void)kill(0, SIGCONT);
      (void)kill(getppid(), SIGCONT);
      rest(1);
    }
    _exit(0);
  }
  rest(30);
  ready();
  tick("ticks");
}

// Never the same process for long: each forks the next and ends.
ATTACK(relay) {
  int fd = open("ticks", O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fork() != 0) {
    ignoreAll();
    rest(30);
    ready();
    rest(10000);
    return;
  }
  for (int i = 0; i < 5000; ++i) {
    pid_t next = fork();
    if (next > 0) _exit(0);
    if (next < 0) rest(1);
    (void)!write(fd, ".", 1);
    if (i % 7 == 0) setsid();
  }
  _exit(0);
}

const struct Attack kProcessAttacks[] = {{"signal", signalIt},
                                         {"signal-thread", signalThread},
                                         {"queue-signal", queueSignal},
                                         {"signal-all", signalAll},
                                         {"owned-signal", ownedSignal},
                                         {"trace", trace},
                                         {"read-memory", readMemory},
                                         {"process-handle", handle},
                                         {"look-inside", lookInside},
                                         {"first-process", firstProcess},
                                         {"limit-it", limitIt},
                                         {"renice-it", reniceIt},
                                         {"end-first-process", endFirstProcess},
                                         {"stubborn", stubborn},
                                         {"daemonise", daemonise},
                                         {"scattered", scattered},
                                         {"brother", brother},
                                         {"thawing", thawing},
                                         {"relay", relay},
                                         {0, 0}};
