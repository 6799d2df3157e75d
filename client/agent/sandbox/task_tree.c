// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "task_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kMostProcesses = 65536 };

static pid_t found[kMostProcesses];
static size_t count;

// Adds the numbers in a file of them.
static void addChildren(const char* path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[4096];
  pid_t pid = 0;
  for (ssize_t got; (got = read(file, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        if (count < kMostProcesses) found[count++] = pid;
        pid = 0;
      }
    }
  }
  close(file);
}

// Adds the children of one process; returns how many threads it has.
static uint32_t lookAt(pid_t pid) {
  char path[96];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR* threads = opendir(path);
  uint32_t all = 0;
  for (struct dirent* entry; threads != NULL && (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    ++all;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", pid, entry->d_name);
    addChildren(path);
  }
  if (threads != NULL) closedir(threads);
  return all;
}

uint32_t treeCount(void) {
  count = 0;
  (void)lookAt(getpid());
  uint32_t all = 0;
  for (size_t at = 0; at < count; ++at) all += lookAt(found[at]);
  return all;
}

void treeKill(void) {
  count = 0;
  (void)lookAt(getpid());
  // Children first: of ours no number can be another's, since they are not reaped yet. Those below are killed as soon
  // as they are read.
  for (size_t at = 0; at < count; ++at) {
    size_t before = count;
    (void)lookAt(found[at]);
    (void)kill(found[at], SIGKILL);
    for (size_t below = before; below < count; ++below) (void)kill(found[below], SIGKILL);
  }
}

int keepSignalsBelow(void) {
  const struct { uint64_t files, ports, scopes; } attributes = {0, 0, 2 /* LANDLOCK_SCOPE_SIGNAL */};
  long rules = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  long result = syscall(SYS_landlock_restrict_self, rules, 0);
  close((int)rules);
  return (int)result;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { kLowHalf = 0 };
#else
enum { kLowHalf = 4 };
#endif

int keepSignalsToSelf(void) {
  struct sock_filter list[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 5, 0),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tkill, 4, 0),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 3, 0),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigqueueinfo, 2, 0),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_tgsigqueueinfo, 1, 0),
                               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                               BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + kLowHalf),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 2, 0),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
                               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {.len = sizeof list / sizeof list[0], .filter = list};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
